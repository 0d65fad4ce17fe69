"""Formulas as MathML, which browsers draw themselves: a page asks no other host for anything."""

import re
from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
TAGS = {
    *("math", "mi", "mn", "mo", "mrow", "ms", "mtext", "mspace", "mstyle", "mpadded", "mphantom", "menclose"),
    *("mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
}
ATTRIBUTES = {
    *("display", "displaystyle", "scriptlevel", "stretchy", "fence", "form", "separator", "accent", "accentunder"),
    *("width", "height", "depth", "lspace", "rspace", "minsize", "maxsize", "movablelimits", "linethickness"),
    *("columnalign", "columnspacing", "columnlines", "rowspacing", "rowlines", "frame", "notation"),
    *("mathvariant", "mathcolor", "mathbackground"),
}
VALUE = re.compile(r"[\w.%# +-]{0,100}")


def markdown_to_html(source: str) -> str:
    """Markdown as HTML, its formulas (``$a$``, ``$$a$$``, LaTeX environments) as MathML."""
    return MarkdownWithMath(renderer=MathRenderer(escape=False)).render(source)


def mathml(latex: str, display: str = "inline") -> str:
    """A formula as MathML; what cannot be read as LaTeX stays as it was typed.

    Parameters
    ----------
    latex : str
        Without the dollars around it.
    display : {"inline", "block"}
    """
    try:
        markup = convert(latex, display=display)
        harmless = _is_harmless(markup)
    except Exception:  # the library raises errors of many kinds
        harmless = False
    return markup if harmless else f"<code>{escape(latex)}</code>"


def _is_harmless(markup: str) -> bool:
    """Whether it is MathML alone: the library lets tags in text through, and addresses.

    What XML takes for a comment need be none in HTML.
    """
    if "<!" in markup or "<?" in markup:
        return False
    return all(
        element.tag.removeprefix(NAMESPACE) in TAGS
        and all(key in ATTRIBUTES and VALUE.fullmatch(value) for key, value in element.attrib.items())
        for element in ElementTree.fromstring(markup).iter()
    )


class MathRenderer(IPythonRenderer):
    """nbconvert's renderer of Markdown, with formulas drawn."""

    def formula(self, latex: str, display: str = "inline") -> str:
        """A formula as HTML."""
        return mathml(latex, display)

    def inline_math(self, body: str) -> str:
        return self.formula(body)

    def block_math(self, body: str) -> str:
        return self.formula(body, "block")

    def latex_environment(self, name: str, body: str) -> str:
        return self.formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")
