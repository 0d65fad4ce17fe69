"""Only cells that no mark can depend on are left out."""

import pytest

from grading.boundary.needed import needed_positions

IMPORTS = (0, "locked", "import numpy as np\nfrom lessons import show, check\nimport matplotlib.pyplot as plt")
CHECK = (9, "marked", "check('a', f)")


def needed(*sources, marked="check('a', f, x)"):
    cells = [IMPORTS, *[(i + 1, "locked", source) for i, source in enumerate(sources)], (9, "marked", marked)]
    return needed_positions(cells)


@pytest.mark.parametrize(
    "source",
    [
        "show.maps(f(x))",
        "print(x)\nplt.plot(x)\nplt.show()",
        "demo = f(x)\nshow.maps(demo)",
        "with show.when_answered():\n    out = f(x)\n    print(out)",
        "def demonstrate():\n    show.maps(f(1))\ndemonstrate()",
    ],
)
def test_a_demonstration_is_left_out(source):
    assert needed("x = 1", source) == {0, 1}


@pytest.mark.parametrize(
    "source",
    [
        "x = 2",
        "x, y = 1, 2",
        "x += 1",
        "x[0] = 1",
        "x.shape = 3",
        "x.sort()",
        "np.random.shuffle(x)",
        "if True:\n    with open('a') as f:\n        x = f.read()",
        "def x(): pass",
        "class x: pass",
        "import x.y",
        "from y import *",
        "for x in range(3): pass",
        "%matplotlib inline",
        "(x := 3)",
        "np.random.seed(0)",
    ],
)
def test_whatever_may_give_or_change_what_a_test_uses_is_run(source):
    assert needed(source, marked="check(np.random.rand(), x)") == {0, 1}


def test_what_is_used_by_what_is_used_is_run_wherever_it_stands():
    assert needed("def g(): return h()", "z = 1", "def h(): return constant", "constant = 3", marked="g()") == {1, 3, 4}


def test_a_marked_cell_that_cannot_be_read_needs_everything():
    assert needed("a = 1", "b = 2", marked="%time f()") == {0, 1, 2}
