"""What is done to be quick changes nothing that anybody sees."""

import subprocess
import sys

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbconvert.filters import Highlight2HTML
from small_notebooks import answer, graded, marked, printed

from convschool import explain, mode
from convschool.compare import compare
from grading.execute import pictures, sandbox
from grading.execute.inside.shell import Transformers
from grading.execute.pictures import PictureFolder
from grading.lesson.load import load_lesson
from grading.lesson.places import COURSE
from grading.publish.colours import coloured

LESSONS = sorted(path.name for path in COURSE.glob("0*"))
CELLS = (
    "x = 1",
    "\n\nx = [\n    1,\n]\n",
    "    x = 1\n    y = 2",
    "def f():\n    '''\n   \n    text\n    '''\n",
    "%matplotlib inline\nx = 1",
    "%%time\nx = 1",
    "!ls\nx = 1",
    "files = !ls\nx = 1",
    "x?\ny = 1",
    ">>> x = 1\n>>> y = 2",
    "# first\n... \ny = 3",
    "x = 5 % 3\ny = x != 2",
    "s = '\\d'\n%time x = 1",
    "x = (1,\n%time y)",
    "await x\ny = 1",
    "x = 1 +",
    "\0",
    "x = '\ud800'\n",
    "(" * 300 + ")" * 300,
)


def test_starting_imports_nothing_large():
    """The sandbox starts while the command imports the rest (`convgrade grade`)."""
    code = "import sys, grading.execute; print(*sorted({'matplotlib', 'IPython', 'convschool', 'nbgrader'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_the_sandbox_begins_with_checks_elsewhere():
    wanted = mode.environment(mode.Mode(checks="elsewhere", progress=False))
    assert wanted.items() <= sandbox.ENVIRONMENT.items()


@pytest.mark.parametrize("source", CELLS)
def test_a_cell_becomes_what_ipython_makes_of_it(source):
    assert Transformers().transform_cell(source) == TransformerManager().transform_cell(source)


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_gets_nbconverts_colours(lesson):
    nbconverts = Highlight2HTML(pygments_lexer="ipython3")
    notebook = nbformat.read(COURSE / lesson / f"{lesson}.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for source in [*sources, *load_lesson(lesson).answers.values(), *CELLS, ""]:
        assert coloured(source) == nbconverts(source)


def test_a_traceback_begins_with_the_cell():
    run = graded(answer("def f(x):\n    return x", "f"), marked("y = f(1)\nraise ValueError(y)"))
    (error,) = run.notebook["cells"][1]["outputs"]
    shown = "\n".join(error["traceback"])
    assert "Cell In[1], line 2" in shown and "----> 2 raise ValueError(y)" in shown and "shell.py" not in shown


NUMBERS = [0.0, 1.0, 1.0 + 1e-9, -1e300, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("expected", NUMBERS)
@pytest.mark.parametrize("got", NUMBERS)
def test_numbers_are_near_when_both_say_so(expected, got):
    """Each entry by itself: finite ones by the tolerance, the others exactly."""
    same = expected == got or (np.isnan(expected) and np.isnan(got))
    with np.errstate(all="ignore"):
        near = np.isfinite(expected) and np.isfinite(got) and abs(expected - got) <= 1e-6 * max(1.0, abs(expected))
    failure = compare(np.array([expected, 1.0]), np.array([got, 1.0]), 1e-6)
    assert (failure is None) == bool(same or near)


def wrong(number: int) -> tuple[np.ndarray, np.ndarray]:
    expected = np.zeros((3, 4))
    return expected + number, expected


def test_a_picture_is_drawn_once_for_all_who_make_one_mistake(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(explain, "KEPT_PICTURES", PictureFolder(tmp_path))

    def draw(name, got, expected):
        drawn.append(name)
        return f"{name} {got} {expected}".encode()

    shown = [explain._drawn(draw, name, *wrong(number)) for name in ("dx", "dw") for number in (1, 2, 1)]
    assert shown == [draw(name, *wrong(number)) for name in ("dx", "dw") for number in (1, 2, 1)]
    assert drawn == ["dx", "dx", "dw", "dw", *["dx"] * 3, *["dw"] * 3]
    assert len([*tmp_path.iterdir()]) == 4


def test_a_full_folder_and_a_full_disk_keep_nothing_more(tmp_path, monkeypatch):
    folder = PictureFolder(tmp_path)
    monkeypatch.setattr(pictures, "MOST", 1)
    folder["a"] = folder["b"] = b"1"
    assert [*folder] == ["a"] and folder["a"] == b"1" and folder.get("b") is None
    missing = PictureFolder(tmp_path / "gone")
    monkeypatch.setattr(PictureFolder, "__len__", lambda self: 0)
    missing["a"] = b"1"
    assert missing.get("a") is None


def test_the_same_mistake_looks_the_same_the_second_time():
    """The first submission's picture is drawn, the second one's is kept."""
    source = "import numpy as np\ndef square(x):\n    return x + 1"
    check = "from convschool.verdict import Verdict\nfrom convschool.compare import Failure\n"
    check += "from convschool.explain import html\nfrom IPython.display import HTML, display\n"
    check += "import numpy as np\ngot = np.asarray(square(np.eye(9)))\n"
    check += (
        "display(HTML(html(Verdict('p', (), Failure('values', 'a case', '', 'off', np.eye(9), got)))))\nassert False"
    )
    first, second = (printed(graded(answer(source, "square"), marked(check))) for _ in range(2))
    assert first == second and "data:image/png" in first
