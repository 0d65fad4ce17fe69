"""Only cells that no mark can depend on are left out."""

import pytest

from grading.lesson.needed import needed_by_learner, needed_by_marked

IMPORTS = (0, "import numpy as np\nfrom lessons import show, check\nimport matplotlib.pyplot as plt")


def locked(sources):
    """They stand behind a cell of imports."""
    return (IMPORTS, *[(i + 1, source) for i, source in enumerate(sources)])


def needed(*sources, marked="check('a', f, x)"):
    """What is run here of each of `sources`."""
    found = needed_by_marked(locked(sources), (marked,))
    return [found.get(i + 1, "").strip() for i in range(len(sources))]


def needed_there(*sources, learner):
    """What is run in the sandbox of each of `sources`."""
    found = needed_by_learner(locked(sources), [learner])
    return [found.get(i + 1, "").strip() for i in range(len(sources))]


@pytest.mark.parametrize(
    "source",
    [
        "show.maps(f(x))",
        "print(x)\nplt.plot(x)\nplt.show()",
        "demo = f(x)\nshow.maps(demo)",
        "with show.when_answered():\n    out = f(x)\n    print(out)",
        "def demonstrate(x):\n    show.maps(f(x))\n    x += 1\ndemonstrate(3)",
        "squares = [x**2 for i in range(3)]",
        "def g():\n    x = 3\n    x[0] = 1\n    return x",
        "h = lambda x: x.sort()",
        "def compare(a): print(a)\ncompare(np.ones(3))",
    ],
)
def test_a_demonstration_is_left_out(source):
    assert needed("x = 1", source) == ["x = 1", ""]


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
        "def g():\n    global x\n    x = 3\ng()",
        "def g():\n    x[0] = 3\ng()",
        "def g(y):\n    y[0] = 3\ng(x)",
        "np.random.seed(0)",
        "y = x.pop()",
        "y = [np.random.normal()]",
    ],
)
def test_whatever_may_give_or_change_what_a_test_uses_is_run(source):
    assert needed(source, marked="check(np.random.rand(), x)")[0].startswith(source)


def test_what_is_used_by_what_is_used_is_run_wherever_it_stands():
    sources = ["def g(): return h()", "z = 1", "def h(): return constant", "constant = 3"]
    assert needed(*sources, marked="g()") == [sources[0], "", sources[2], sources[3]]


def test_of_a_cell_only_the_statements_are_run_that_matter():
    source = "@decorated\ndef buggy(x):\n    return x\n\nshow.maps(buggy(1)); y = buggy(2)\nprint(y)"
    assert needed(source, marked="buggy(3)") == ["@decorated\ndef buggy(x):\n    return x"]


def test_imports_are_run_when_their_names_are_used():
    assert needed_by_marked((IMPORTS,), ("check('a', np.ones(3))",)) == {
        0: "import numpy as np\nfrom lessons import show, check\n"
    }


def test_a_marked_cell_that_cannot_be_read_needs_everything():
    assert needed("a = 1", "b = 2", marked="%time f()") == ["a = 1", "b = 2"]


@pytest.mark.parametrize(
    "learner",
    [
        "def f(): return given",
        "given",
        "given = 3",
        "def given(): pass",
        "import given",
        "from a import b as given",
        "import given.b",
        "def f():\n    global given\n    given = 3",
        "def f(): return [inner() for inner in (lambda: given,)]",
        "given.append(3)",
        "given[0] = 3",
        "class A:\n    def f(self): return given",
        "def f(x=given): pass",
        "@given\ndef f(): pass",
        "f'{given}'",
    ],
)
def test_a_variable_that_a_learners_code_uses_or_binds_is_given_in_the_sandbox(learner):
    assert needed_there("given = 1", "show.maps(3)", "demo = 2", learner=learner) == ["given = 1", "", ""]


@pytest.mark.parametrize(
    "learner",
    [
        "def f(given): return given",
        "def f():\n    given = 3\n    return [given for _ in range(3)]",
        "lambda given: given + 1",
        "other.given = 3",
        "f(given=3)",
    ],
)
def test_what_is_local_to_a_learners_function_is_no_reason_to_run_a_demonstration(learner):
    assert needed_there("given = 1", learner=learner) == [""]


@pytest.mark.parametrize(
    "learner",
    [
        "globals()['given']",
        "eval('giv' + 'en')",
        "import __main__ as m\nm.given",
        "from sys import modules",
        "f.__globals__['given']",
        "get_ipython().user_ns['given']",
        "%timeit given",
        "!ls",
        "def f(:",
        "given = '\0'",
        "(" * 100_000,
        "-" * 100_000 + "1",
        "x" + ".a" * 20_000,
        "x = " + "[" * 150 + "]" * 150 + "\n" + "if x:\n" + "".join(" " * i + "if x:\n" for i in range(1, 99)),
    ],
    ids=lambda source: source[:20],
)
def test_everything_is_run_for_code_that_may_reach_a_variable_without_naming_it(learner):
    sources = ["given = 1", "show.maps(3)", "demo = 2"]
    assert needed_there(*sources, learner=learner) == sources


def test_what_was_found_is_whoever_asked_for_it_alone():
    """Results are kept for the next question; who changes one does not change what others are told."""
    cells = locked(["x = 1", "y = x", "x += y"])
    first = needed_by_learner(cells, ["print(x)"])
    first.clear()
    assert needed_by_learner(cells, ["print(x)"]).keys() == {1, 2, 3}
    # the same cell beside others: what a function changes around it is found anew
    alone = locked(["x = 1", "def f():\n    global z\n    z = 2"])
    assert needed_by_learner(alone, ["print(z)"]).keys() == {2}
    assert needed_by_learner((*alone, (9, "f()\ny = f()")), ["print(z)"]).keys() == {2, 9}
    assert needed_by_learner(alone, ["print(z)"]).keys() == {2}
