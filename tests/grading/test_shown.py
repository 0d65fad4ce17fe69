"""What a learner wrote is harmless to look at, and an honest picture stays."""

import base64
import struct
import time
from html import unescape

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html, strip_files_prefix

from grading.execute import shown

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 8, 8) + b"\x08\x02\0\0\0").decode()
HUGE = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 2**31, 2**31) + b"\x08").decode()


def written(source, attachments=None):
    cell = nbformat.v4.new_markdown_cell(source, metadata={"nbgrader": {"solution": True}, "convgrade": {}})
    if attachments:
        cell.attachments = shown.attachments(list(shown.pictures(attachments)))
    return cell


def page(*cells):
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    return HTMLExporter().from_notebook_node(shown.make_harmless(notebook))[0]


@pytest.mark.parametrize(
    "attached",
    [
        None,
        5,
        [],
        {"a": 5},
        {"a": {"image/svg+xml": "<svg onload=alert(1)>"}},
        {"a": {"text/html": PNG}},
        {"a": {"image/png": "PHNjcmlwdD4="}},
        {"a": {"image/png": PNG + '"onerror='}},
        {"a": {"image/png": ["iVBORw0KGgo", 5]}},
        {"a": {"image/png": HUGE}},
        {"a": {"image/jpeg": PNG}},
    ],
)
def test_what_is_no_picture_is_left_out(attached):
    assert shown.pictures(attached) == ()


def test_a_picture_stays_under_a_name_of_ours_in_formgrader_and_on_the_page():
    attached = {'x" onerror="alert(1)': {"image/png": [PNG[:9] + "\n", PNG[9:]]}}
    cell = written("see ![x](attachment:image.png)", attached)
    assert list(cell.attachments) == ["picture-1.png"]
    assert f"data:image/png;base64,{PNG}" in page(cell)
    text, as_typed, pictures = shown.taken_apart(cell)
    assert text == "see ![x](attachment:image.png)" and text in unescape(as_typed)
    assert f'src="data:image/png;base64,{PNG}"' in pictures


@pytest.mark.parametrize(
    "text",
    [
        "</pre><img src=x onerror=alert(1)>",
        "\n\n</pre>\n\n<script>alert(1)</script>",
        "$</pre><script>alert(1)</script>$ $$\\href{javascript:alert(1)}{x}$$",
        "```\n</pre><script>alert(1)</script>\n```",
        "[x](javascript:alert(1)) ![](http://192.0.2.1/a.png) <http://192.0.2.1>",
        "![](attachment:missing.png)",
    ],
)
def test_a_written_answer_is_text(text):
    ours = page(written("words"))
    theirs = page(written(text))
    for what in ("<script", "<img", "<a ", "onerror=alert(1)>"):
        assert theirs.count(what) == ours.count(what)
    assert "\\href" not in theirs or "mathjax_ignore" in theirs


@pytest.mark.parametrize("source", ["1" + "\n" * 5000 + "1", "a*" * 30_000 + "a", "f(1)" * 6000, "x = 1\n" * 10_000])
def test_code_that_is_long_to_colour_is_not_coloured(source):
    cell = nbformat.v4.new_code_cell(source)
    page(cell)
    assert cell.metadata["magics_language"] == "text"


def test_many_short_cells_and_cells_of_another_language_are_not_coloured_where_that_is_long():
    short = [nbformat.v4.new_code_cell("if 0:\n" + ("    " + "a*" * 480 + "a\n") * 2) for _ in range(100)]
    perl = [nbformat.v4.new_code_cell("%%perl\n" + ("s{" * 450 + "\n") * 20) for _ in range(3)]
    notebook = shown.make_harmless(nbformat.v4.new_notebook(cells=[*perl, *short]))
    for cell in notebook.cells:
        cell.source = shown.code_as_shown(cell, cell.source)
    start = time.process_time()
    made = HTMLExporter().from_notebook_node(notebook)[0]
    assert time.process_time() - start < 8  # all of it takes 25 s
    assert made.count("shown without colours") == 3


def test_usual_code_is_coloured():
    cell = nbformat.v4.new_code_cell("def double(x):\n    return 2 * x\n\n\n" * 60)
    assert "magics_language" not in page(cell) and "magics_language" not in cell.metadata


def test_a_notebook_that_says_it_is_python_is_not_coloured_either_where_that_is_long():
    cell = nbformat.v4.new_code_cell("if 0: " + "a*" * 10_000 + "a")
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": {"name": "python"}})
    start = time.process_time()
    made = HTMLExporter().from_notebook_node(shown.make_harmless(notebook))[0]
    assert made.count("<span") < 1000 and time.process_time() - start < 5


@pytest.mark.parametrize("opening", ["[", "![", "](/files/", "\\(", "\\[", "\\begin{a}", "$$", "`", "<a href=files/"])
def test_a_written_answer_of_openings_is_quick_to_look_at(opening):
    cell = shown.make_harmless(nbformat.v4.new_notebook(cells=[written(opening * 30_000)])).cells[0]
    start = time.process_time()
    strip_files_prefix(markdown2html(cell.source))  # as formgrader's page does it
    assert time.process_time() - start < 5


def test_few_colours_stay_and_many_go():
    coloured = [{"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m"}]
    assert shown.with_few_colours(coloured, 2) == (coloured, 0)
    plain = [{"output_type": "stream", "name": "stdout", "text": "red"}]
    assert shown.with_few_colours(coloured, 1) == (plain, 1)
    error = [{"output_type": "error", "traceback": ["\x1b[1;2mx", "\x1b"], "ename": "\x1b", "evalue": ""}]
    assert shown.with_few_colours(error, 1)[0] == [
        {"output_type": "error", "traceback": ["x", ""], "ename": "", "evalue": ""}
    ]


HEAP = "a" + "\u0301\u0327" * 1000


@pytest.mark.parametrize("text", [HEAP, "\u05d0" + "\u05b0\u200d" * 1000, "1" + "\u20dd" * 500])
def test_a_letter_keeps_few_marks(text):
    quick = shown.quick_to_draw(text)
    assert quick[: 1 + shown.MOST_MARKS] == text[: 1 + shown.MOST_MARKS] and len(quick) == 2 + shown.MOST_MARKS
    cell = written(text)
    assert len(shown.make_harmless(nbformat.v4.new_notebook(cells=[cell])).cells[0].source) < 300
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "error", "ename": "E", "evalue": text, "traceback": [text]},
        {"output_type": "display_data", "data": {"text/plain": text, "text/html": text}, "metadata": {}},
    ]
    assert text[:20] not in str(shown.with_few_lines(outputs, 9)[0])


@pytest.mark.parametrize("letter", ["\u0e01", "\u1000\u1039", "\u202ex\u202cy", "1\u2044", "\u05d0("])
def test_a_long_line_that_is_not_ascii_is_broken(letter):
    quick = shown.quick_to_draw(letter * 10_000)
    assert quick.replace("\n", "") == letter * 10_000
    assert max(map(len, quick.split("\n"))) <= shown.LONGEST_DRAWN_LINE


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "─" * 300 + "═" * 1000,
        "Grüße, 你好, Việt Nam, שָׁלוֹם, 👨‍👩‍👧‍👦" * 20 + "\n",
        "\U0001f1e9\U0001f1ea" * 40,
    ],
)
def test_usual_text_stays(text):
    assert shown.quick_to_draw(text) == text


def test_lines_are_counted_over_all_cells():
    lines = [{"output_type": "stream", "name": "stdout", "text": "x\n" * 6}]
    first, left = shown.with_few_lines(lines, 8)
    assert (first, left) == (lines, 2)
    second, left = shown.with_few_lines(lines, left)
    assert left == 0 and second[0]["text"] == "x\nx" + shown.MANY_LINES
    drawing = [{"output_type": "display_data", "data": {"image/png": "\n" * 9}, "metadata": {}}]
    assert shown.with_few_lines(drawing, 0) == (drawing, 0)
