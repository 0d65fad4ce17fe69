"""The tests in this folder compare with PyTorch, so they fail without it: `make test-oracle` installs it.

`make test` leaves the folder out by name.
"""

from collections import Counter

import pytest

compared = Counter()


@pytest.fixture(scope="session")
def configurations():
    """Counts, per operator and type, the random configurations compared; the summary prints them."""
    return compared


def pytest_terminal_summary(terminalreporter):
    if compared:
        terminalreporter.section("configurations compared with PyTorch")
        for name, count in sorted(compared.items()):
            terminalreporter.line(f"{count:6d}  {name}")
        terminalreporter.line(f"{compared.total():6d}  in all")
