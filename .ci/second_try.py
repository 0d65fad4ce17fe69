"""Try failed tests a second time, alone, and tell which of them are flaky: failed at first, and passed now.

The tests that start servers and browsers share two cores with the others, so one may fail by chance. Such a test is
named, and more than `MOST_FLAKY` of them are a failure too: a suite that needs luck proves little.

Run it after pytest, in the same folder: it reads what pytest's cache says of the last run.
"""

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
MOST_FLAKY = 2


def main(words: list[str]) -> int:
    """Run pytest with `words` on what failed; 0 when all of it passes and few enough failed at first."""
    first = failed()
    if not first:
        print("second try: no test has failed, so it was a step before them: nothing to try again")
        return 1
    print(f"second try: {len(first)} failed", flush=True)
    # what passes now goes from the cache
    subprocess.run([sys.executable, "-m", "pytest", "--last-failed", *words], check=False)
    again = failed()
    flaky = sorted(first - again)
    for name in flaky:
        print(f"flaky: {name}")
    for name in sorted(again):
        print(f"failed twice: {name}")
    print(f"second try: {len(again)} failed twice, {len(flaky)} flaky (at most {MOST_FLAKY})")
    return 1 if again or len(flaky) > MOST_FLAKY else 0


def failed() -> set[str]:
    """The tests that failed in the last run, by pytest's cache."""
    return set(json.loads(FAILED.read_text(encoding="utf-8"))) if FAILED.exists() else set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
