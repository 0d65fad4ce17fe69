"""Build the site into ``build/site``: ``python -m website``.

With ``--look`` nothing is kept: the pages are built without running the lessons, and fail for a warning of Sphinx or a
link that leads nowhere.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from website import OUT, browser, reading, translated
from website.wheels import Missing

LEARN = "learn"


def main() -> None:
    """Build it, and say in a line each what was built, how large it is, and what this machine lacks for the rest."""
    began = time.monotonic()
    fresh = OUT.with_name("site.new")
    for old in (fresh, fresh.with_name("learn.new")):
        shutil.rmtree(old, ignore_errors=True)
    fresh.mkdir(parents=True)
    learn = True
    try:
        browser.build(fresh.with_name("learn.new"))
    except Missing as why:
        learn = False
        print(f"The browser edition is left out: {why}.")
    if not reading.MATHJAX.exists():
        print("Formulas are left as they are written: npm brings MathJax.")
    for name in ("START", *translated.lessons()):
        if old := translated.stale(name):
            words = f"{len(old)} texts are older than the English, which stands there"
            print(f"{name} in Chinese: {words}: {', '.join(old)}.")
    reading.build(fresh, learn, answers=os.environ.get("SOLUTIONS") == "1")
    if learn:
        fresh.with_name("learn.new").rename(fresh / LEARN)
        shutil.copy(fresh / LEARN / "lab" / "favicon.ico", fresh)
    shutil.rmtree(OUT, ignore_errors=True)
    fresh.rename(OUT)
    size = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file())
    print(f"{OUT}: {size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s. To look at it: make serve")


def look() -> None:
    """Build the pages somewhere else, without what takes minutes, and say how many links lead somewhere."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        reading.build(pages, learn=False, answers=True, figures=False)
        count = sum(1 for _ in pages.rglob("*.html"))
    print(f"{count} pages without a warning, and every link leads somewhere ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    look() if sys.argv[1:] == ["--look"] else main()
