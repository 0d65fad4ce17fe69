"""Formulas on feedback pages are drawn without asking another host."""

import re

import pytest

from grading.lesson.load import load_lesson
from grading.lesson.places import lesson_names
from grading.publish.formulas import markdown_to_html, mathml


def test_formulas_in_a_line_in_a_table_and_in_a_block_become_mathml():
    page = markdown_to_html("$x_1 < 2$ and `$y$`\n\n$$\\sum_k a_k$$\n\n| a |\n|---|\n| $k_h$ |\n")
    assert page.count("<math") == 3 and 'display="block"' in page
    assert "<code>$y$</code>" in page and "$x" not in page and "$$" not in page


@pytest.mark.parametrize("latex", [r"\frac{1}", r"\left( x", "}", r"\begin{pmatrix} 1"])
def test_what_is_no_formula_stays_as_it_was_typed(latex):
    assert mathml(latex) == f"<code>{latex}</code>" or mathml(latex).startswith("<math")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<img src='x'/>"])
def test_nothing_in_a_formula_is_alive(text):
    page = markdown_to_html(rf"$\text{{{text}}}$")
    assert "<script" not in page and "<img" not in page and "alert" in page or "&lt;img" in page


@pytest.mark.parametrize("name", lesson_names())
def test_every_formula_of_a_lesson_is_one(name):
    for cell in load_lesson(name).cells:
        if cell.kind == "markdown":
            page = markdown_to_html(cell.source)
            outside = re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.DOTALL)
            assert not re.search(r"\$[^$]+\$|\\begin\{|\\frac", outside), outside
            assert "<code>\\" not in page
