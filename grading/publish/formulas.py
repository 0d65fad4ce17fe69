"""Formulas of our texts as MathML, which browsers draw themselves: a page asks no other host for anything."""

from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
TAGS = {
    *("math", "mi", "mn", "mo", "mrow", "ms", "mtext", "mspace", "mstyle", "mpadded", "mphantom", "menclose"),
    *("mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
}


def markdown_to_html(source: str) -> str:
    """Markdown as HTML, its formulas (``$a$``, ``$$a$$``, LaTeX environments) as MathML."""
    return MarkdownWithMath(renderer=_Renderer(escape=False)).render(source)


def mathml(latex: str, display: str = "inline") -> str:
    """A formula as MathML; what cannot be read as LaTeX stays as it was typed.

    Parameters
    ----------
    latex : str
        Without the dollars around it.
    display : {"inline", "block"}
    """
    try:
        made = convert(latex, display=display)
        tags = {element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(made).iter()}
    except Exception:  # the library raises errors of many kinds, and lets HTML in text through
        tags = {""}
    return made if tags <= TAGS else f"<code>{escape(latex)}</code>"


class _Renderer(IPythonRenderer):
    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def latex_environment(self, name: str, body: str) -> str:
        whole = rf"\begin{{{name}}}{body}\end{{{name}}}"
        return mathml(whole, "block")
