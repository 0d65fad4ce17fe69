"""Links of built pages that lead nowhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """The ids of a page and what it points to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.targets.append(value)


def dangling(folder: Path) -> Iterator[tuple[str, str]]:
    """Each page below `folder`, with each of its links to a file or a place in a page that is not there."""
    pages = {file.resolve(): _Page(file.read_text(encoding="utf-8")) for file in sorted(folder.rglob("*.html"))}
    for file, page in pages.items():
        for target in page.targets:
            link = urlsplit(target)
            if link.scheme or link.netloc:
                continue
            there = (file.parent / unquote(link.path)).resolve() if link.path else file
            place = unquote(link.fragment)
            if not there.exists() or (place and there in pages and place not in pages[there].ids):
                yield file.relative_to(folder.resolve()).as_posix(), target
