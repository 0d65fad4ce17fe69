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
