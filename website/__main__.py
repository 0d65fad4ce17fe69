"""Build the site into ``build/site``: ``python -m website``."""

import shutil
import time

from website import OUT, browser
from website.wheels import Missing

LEARN = "learn"
LINK = f'<a href="{LEARN}/lab/index.html?path=START.ipynb">Start in your browser</a>, without installing anything.'
WITHOUT = "The browser edition is not part of this build."
INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Convolutional networks from scratch</title>
<style>:root {{ color-scheme: light dark }} body {{ max-width: 40em; margin: 3em auto; padding: 0 1em;
font: 1.1em/1.5 sans-serif }}</style>
<main>
<h1>Convolutional networks from scratch</h1>
<p>How convolutional networks work inside: every forward and backward pass in NumPy, checked as you write it.</p>
<p>{link}</p>
</main>
</html>
"""


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
    (fresh / "index.html").write_text(INDEX.format(link=LINK if learn else WITHOUT), encoding="utf-8")
    if learn:
        fresh.with_name("learn.new").rename(fresh / LEARN)
        shutil.copy(fresh / LEARN / "lab" / "favicon.ico", fresh)
    shutil.rmtree(OUT, ignore_errors=True)
    fresh.rename(OUT)
    size = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file())
    print(f"{OUT}: {size / 1e6:.0f} MB in {time.monotonic() - began:.0f} s. To look at it: make serve")


if __name__ == "__main__":
    main()
