"""Attempts to get marks without an answer, and to use more than is allowed, beside those of tests/attacks.

Each takes the marked test of `TEST` and must leave it failed, in a final state.
"""

import time

import pytest
from small_notebooks import answer, extra, graded, locked, marked, passed, printed

TEST = marked("from convschool.compare import compare\nassert compare(9.0, f(3), 1e-6) is None, f(3)",
              hidden="assert abs(f(-4) - 16) < 1e-6")  # fmt: skip

FORGING = {
    "module beside the notebook": "import os\nfor n in ('numpy', 'convschool', 'grading'): open(n + '.py', 'w').write('1/0')",
    "a bool of value 9": "def f(x): return np.array([9], np.uint8).view(bool)[0]",
    "a generator exit": "def f(x): raise GeneratorExit",
    "stop iteration": "def f(x): raise StopIteration(9)",
    "interrupt": "def f(x): raise KeyboardInterrupt",
    "patched learner process": "import inside.learner as l\nl.Learner._perform = lambda *a: ({'value': None}, l.Packed(None))",
    "exit at the test": "import os\ndef f(x): os._exit(0)",
    "deep data": "def f(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a",
    "huge number": "def f(x): return 10 ** 5000",
    "strings": "def f(x): return '9'",
}  # fmt: skip


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in FORGING.items()])
def test_no_mark_is_forged(source):
    if "def f" not in source:
        source += "\ndef f(x): return 0.0"
    executed = graded(
        locked("import numpy as np"), extra("import numpy as np"), answer(source, "f"), TEST, marked("True", "ours"), cell_seconds=5
    )  # fmt: skip
    assert passed(executed) == {"answer-part": False, "ours": True}, executed
    assert executed.status in ("graded", "timed-out", "crashed", "out-of-memory")
    assert not any("mistake" in str(cell.get("outputs")) for cell in executed.notebook["cells"])


def seen(source: str, **limits) -> str:
    """What a learner's cell prints."""
    executed = graded(extra(source), show=True, **limits)
    return printed(executed)


def test_no_descriptor_but_the_conversation_is_open():
    text = seen(
        "import os; print(sorted(os.readlink(f'/proc/self/fd/{n}') for n in range(64) if os.path.exists(f'/proc/self/fd/{n}')))"
    )
    assert text.count("socket:") == 1 and text.count("/dev/null") == 3 and text.count("pipe:") == 0


def test_a_fork_bomb_stays_inside():
    start = time.monotonic()
    executed = graded(
        answer("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "f"),
        TEST,
        show=False,
        cell_seconds=2,
    )
    assert executed.status in ("timed-out", "out-of-memory", "crashed") and passed(executed) == {"answer-part": False}
    assert time.monotonic() - start < 60
    assert passed(graded(answer("def f(x): return float(x ** 2)", "f"), TEST, show=False)) == {"answer-part": True}


@pytest.mark.parametrize(
    "source",
    ["open('/dev/shm/big', 'wb').write(bytes(100 * 2**20))", "files = [open('x', 'w') for _ in range(10**4)]"],
)
def test_shared_memory_and_open_files_are_limited(source):
    executed = graded(extra(source))
    (output,) = [entry for entry in executed.notebook["cells"][0]["outputs"] if entry["output_type"] == "error"]
    assert output["ename"] == "OSError"
    assert executed.status == "graded"


def test_a_case_kept_by_the_learner_reaches_no_page():
    keeps = (
        "import os\n"
        "def f(x):\n"
        "    open('/tmp/log', 'a').write(f'{x};')\n"
        "    if os.path.exists('/tmp/log') and '7654321' in open('/tmp/log').read(): raise ValueError(open('/tmp/log').read())\n"
        "    return float(x) ** 2"
    )
    executed = graded(
        answer(keeps, "f"),
        marked("f(1)", "a", hidden="f(7654321)"),
        marked("f(2)", "b"),
        locked("print(f(3))"),
        extra("print(open('/tmp/log').read())"),
        answer("n = open('/tmp/log').read()", "n"),
        locked("print(n)"),
    )
    assert passed(executed) == {"a": False, "b": False}
    assert "7654321" not in str([cell.get("outputs") for cell in executed.notebook["cells"]]) + executed.reason


def test_system_calls_that_no_notebook_needs_are_refused():
    text = seen("""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(*call):
    ctypes.set_errno(0)
    return libc.syscall(*call), os.strerror(ctypes.get_errno())
try: os.memfd_create('x'); print('GOT memory')
except OSError as e: print(e.errno)
names = {'shmget': (0, 4096, 0o1600), 'keyctl': (0, -3, 1), 'unshare': (0x10000000,), 'bpf': (0, 0, 0), 'ptrace': (16, 1, 0, 0)}
numbers = {'x86_64': (29, 250, 272, 321, 101), 'aarch64': (194, 219, 97, 280, 117)}[os.uname().machine]
for number, arguments in zip(numbers, names.values()): print(tried(number, *arguments))
print(tried(0x40000000 + 39), 'still here', os.getpid() > 0, os.path.exists('/proc'))
""")
    assert "GOT" not in text and text.count("Function not implemented") >= 6 and "still here True True" in text
