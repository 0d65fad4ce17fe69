"""A written answer typeset for a feedback page: Markdown and formulas, and nothing that runs, calls or leads away.

Read by nbconvert's own parser, drawn by a renderer of ours that escapes every tag, then held to a list of tags. Below
it stands what was typed, where that may say something else. It is made in the bounded process of a page.
"""

import re
from html import escape

import bleach
from nbconvert.filters.markdown_mistune import MarkdownWithMath

from grading.publish.formulas import MathRenderer, mathml

TYPESET = '<div class="written">'
LONGEST = 20_000  # characters: what is longer is shown as it was typed
TAGS = {
    *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
# Around the number of a formula while the rest is held to the tags. Neither is a character of any text.
BEGIN, END = "\ufdd0", "\ufdd1"
MARKUP = re.compile(r"[*_`$#|<>\[\]\\~&]|^\s*(?:[-+]|\d+[.)])\s|^\s{4}|^\s*[-=]{2,}", re.MULTILINE)


def typeset(text: str, as_typed: str) -> str:
    """A learner's Markdown as HTML without scripts, addresses, pictures or attributes.

    Parameters
    ----------
    text : str
        At most `LONGEST` characters of what was typed.
    as_typed : str
        The same as HTML that shows each character. It is what stands there for a text that cannot be read.
    """
    if len(text) > LONGEST or BEGIN in text or END in text:
        return as_typed
    renderer = _Harmless()
    try:
        made = MarkdownWithMath(renderer=renderer).render(text)
        clean = bleach.clean(made, tags=TAGS, attributes={}, strip=False)
    except Exception:  # brackets nested too deeply, say
        return as_typed
    drawn = re.sub(f"{BEGIN}([0-9]+){END}", lambda number: renderer.formulas[int(number[1])], clean)
    source = f"<details><summary>as typed</summary>{as_typed}</details>" if MARKUP.search(text) else ""
    return f"{TYPESET}{drawn}{source}</div>"


class _Harmless(MathRenderer):
    """Draws no tag of the text's own. Formulas are kept apart; a link is its words and its address, to be read."""

    def __init__(self):
        super().__init__(escape=True)
        self.formulas: list[str] = []

    def formula(self, latex: str, display: str = "inline") -> str:
        self.formulas.append(mathml(latex, display))
        return f"{BEGIN}{len(self.formulas) - 1}{END}"

    def inline_html(self, html: str) -> str:
        return escape(html)

    def block_html(self, html: str) -> str:
        return f"<p>{escape(html)}</p>\n"

    def block_code(self, code: str, info: str | None = None) -> str:
        return f"<pre><code>{escape(code)}</code></pre>\n"

    def heading(self, text: str, level: int, **attributes: object) -> str:
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        address = escape(url)
        return text if text == address else f"{text} (<code>{address}</code>)"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"{text} (a picture: <code>{escape(url)}</code>)"

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"
