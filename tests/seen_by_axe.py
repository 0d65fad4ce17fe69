"""What axe-core finds on a page: https://github.com/dequelabs/axe-core."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

SERIOUS = ("serious", "critical")


def serious(page: Any) -> list[str]:
    """The serious findings on a page of Chromium: rule, how often, the first element, and what is wrong there."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:200]}: {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
    ]
