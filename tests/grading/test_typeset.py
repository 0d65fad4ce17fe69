"""A written answer is typeset on the feedback page, and nothing in it is alive."""

from html.parser import HTMLParser

import pytest

from grading.execute.shown import TYPED, as_typed
from grading.publish.formulas import ATTRIBUTES
from grading.publish.formulas import TAGS as MATH
from grading.publish.typeset import LONGEST, TAGS, typeset

ANSWER = """## Why

The *input gradient* is **full**:

1. `dx` has the shape of `x`
2. each entry of $w_k$ is used $n$ times

$$\\frac{\\partial L}{\\partial x_i} = \\sum_k w_k \\, d_{i-k}$$

| pad | size |
|---|---|
| 0 | $n - k + 1$ |

- [x] done

```python
dx[i] += w[k] * dout[i - k]   # <- here
```

\\begin{align} a &= b \\end{align}
"""


def page(text: str) -> str:
    return typeset(text, as_typed(text))


class Elements(HTMLParser):
    """The elements of a page as a browser would meet them, with their attributes."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.met: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.met.append((tag, dict(attributes)))

    def handle_comment(self, data):
        self.met.append(("a comment", {}))

    handle_decl = handle_pi = unknown_decl = handle_comment


def test_markdown_and_formulas_are_drawn_and_what_was_typed_stands_below():
    drawn, _, typed = page(ANSWER).partition("<details>")
    for tag in ("<h2>", "<em>", "<strong>", "<ol>", "<li>", "<table>", "<td>", "<code>", 'display="block"'):
        assert tag in drawn
    assert drawn.count("<math") == 5 and "$" not in drawn and "☑ done" in drawn
    assert "dx[i] += w[k] * dout[i - k]   # &lt;- here" in drawn
    assert as_typed(ANSWER) in typed


def test_plain_words_stand_there_once():
    text = "Each output sums entries of x, so x gets back what it was multiplied by. It's 2 x 2!"
    assert page(text).count("Each output") == 1 and "<details>" not in page(text)


def test_a_link_and_a_picture_are_their_words_and_their_address():
    drawn = page(
        '[the paper](https://example.org/a?b=1&c=2 "title") ![a plot](attachment:image.png) https://example.org'
    )
    drawn = drawn.partition("<details>")[0]
    assert "the paper (<code>https://example.org/a?b=1&amp;c=2</code>)" in drawn
    assert (
        "a plot (a picture: <code>attachment:image.png</code>)" in drawn and "<a" not in drawn and "<img" not in drawn
    )


ALIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=alert(1)>b</b>",
    "</div></details></pre><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[x](javascript:alert(1)) [y](<data:text/html,a>) <javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x] ![x]",
    '![x" onerror=alert(1)](y" onerror=alert(1))',
    "```html onload=alert(1)\n<script>\n```",
    "```mermaid\n</pre><script>alert(1)</script>\n```",
    "# x {onclick=alert(1)}",
    '|a" onclick=alert(1)|\n|:-:|\n|<img src=x>|',
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<img src=x onerror=alert(1)>}$",
    '$\\text{<mi onclick="alert(1)">x</mi>}$',
    '$\\text{<mi style="position:fixed">x</mi>}$',
    "$\\text{<!--><img src=x onerror=alert(1)>-->}$",
    "$\\text{<?x ><img src=x onerror=alert(1)>?>}$",
    "$\\text{<![CDATA[><img src=x onerror=alert(1)>]]>}$",
    '$\\color{red" onclick="alert(1)}x$',
    '$\\class{x" onclick="alert(1)}{y}$ $\\unicode{<img src=x>}$',
    "\\begin{x><img src=x onerror=alert(1)>}a\\end{x><img src=x onerror=alert(1)>}",
    "\ufdd00\ufdd1 $x$ <img src=x>",
    "<!-- a comment --> <![CDATA[ x ]]> <?php x ?> <!DOCTYPE html>",
    "&lt;img src=x onerror=alert(1)&gt;",
]


@pytest.mark.parametrize("text", ALIVE)
def test_nothing_is_alive(text):
    allowed = TAGS | {"div", "details", "summary", "pre"}
    for tag, attributes in Elements(page(text)).met:
        if tag in MATH:
            assert set(attributes) <= ATTRIBUTES | {"xmlns"}
        elif tag == "pre" and attributes:
            assert TYPED.startswith("<pre class=") and "typed" in attributes["class"]
        else:
            assert tag in allowed and (not attributes or (tag, attributes) == ("div", {"class": "written"}))


@pytest.mark.parametrize(
    "text", ["x" * (LONGEST + 1), "\ufdd0", "[" * 15_000, "$" * 15_000, ">" * 15_000, "- " * 9_000]
)
def test_what_cannot_be_typeset_is_shown_as_typed(text):
    assert as_typed(text) in page(text)
