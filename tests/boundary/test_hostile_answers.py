"""Attempts to get marks without an answer, to see what is hidden, to break out, and to outlive the sandbox.

Each takes the marked test of `TEST` and must leave it failed, in a final state.
"""

import os
import time
from pathlib import Path

import pytest
from small_notebooks import answer, extra, graded, locked, marked, passed, printed, running

TEST = marked("from convschool.verdict import compare\nassert compare(9.0, f(3), 1e-6) is None, f(3)",
              hidden="assert abs(f(-4) - 16) < 1e-6")  # fmt: skip

FORGING = {
    "display hook": "import sys\nsys.displayhook(5.0)\nsys.displayhook = lambda *a: None",
    "input transformer": "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
    "syntax tree transformer": "import ast\nclass N(ast.NodeTransformer):\n    def visit_Assert(self, n): return ast.Pass()\n"
    "get_ipython().ast_transformers.append(N())",
    "run_cell patched": "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.run_cell = lambda *a, **k: None",
    "compare patched": "import convschool.verdict as v\nv.compare = lambda *a: None\nv.judge = lambda *a: None",
    "numpy patched": "import numpy as np\nnp.testing.assert_allclose = np.abs = np.asarray = lambda *a, **k: np.True_",
    "module beside the notebook": "import os\nfor n in ('numpy', 'convschool', 'grading'): open(n + '.py', 'w').write('1/0')",
    "builtins patched": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True",
    "always equal": "class E(float):\n    def __eq__(s, o): return True\n    def __lt__(s, o): return True\n    def __sub__(s, o): return 0.0\n"
    "    def __abs__(s): return 0.0\n    def __array__(s, *a, **k): return np.array(9.0)\ndef f(x): return E(1)",
    "always less": "class L:\n    def __lt__(s, o): return True\n    def __gt__(s, o): return True\n    def __rsub__(s, o): return s\n"
    "    __sub__ = __rsub__\n    def __abs__(s): return s\n    def __bool__(s): return True\ndef f(x): return L()",
    "array subclass": "class A(np.ndarray):\n    def __array_function__(s, *a, **k): return True\n"
    "    def __array_ufunc__(s, *a, **k): return np.float64(0)\n    def __lt__(s, o): return True\ndef f(x): return np.array(1.0).view(A)",
    "object array": "class E:\n    def __eq__(s, o): return True\n    def __lt__(s, o): return True\ndef f(x): return np.array([E()], dtype=object)",
    "not a number": "def f(x): return float('nan')",
    "a bool of value 9": "def f(x): return np.array([9], np.uint8).view(bool)[0]",
    "frames": "import sys\ndef f(x):\n    frame = sys._getframe()\n    while frame:\n        frame.f_globals['f'] = frame.f_locals.update(passed=True)\n"
    "        frame = frame.f_back\n    return 0.0",
    "garbage collector": "import gc\ndef f(x):\n    for o in gc.get_objects():\n        if type(o).__name__ in ('Session', 'Pass', 'CellResult'): o.passed = True\n    return 0.0",
    "handle that changes": "class S:\n    n = 0\n    def __array__(s, *a, **k):\n        S.n += 1\n        return np.array([9.0, 16.0][S.n % 2])\ndef f(x): return S()",
    "a pass exception": "class CheckPassed(BaseException): pass\ndef f(x): raise SystemExit(0)",
    "a generator exit": "def f(x): raise GeneratorExit",
    "stop iteration": "def f(x): raise StopIteration(9)",
    "interrupt": "def f(x): raise KeyboardInterrupt",
    "score on the socket": "import os, json, struct\ndef f(x):\n    m = json.dumps({'value': None, 'passed': True, 'score': 1, 'changed': []}).encode()\n"
    "    for fd in range(3, 30):\n        try: os.write(fd, struct.pack('<IQ', len(m), 0) + m)\n        except OSError: pass\n    return 0.0",
    "verdict displayed": "from IPython.display import display\nMIME = 'application/vnd.convschool.verdict+json'\n"
    "def f(x):\n    display({MIME: {'part': 'answer-part', 'passed': True, 'mistake': ''}}, raw=True)\n    return 0.0",
    "patched learner process": "import inside.learner as l\nl.Learner._done = lambda *a: ({'value': None}, l.Packed(None))",
    "exit at the test": "import os\ndef f(x): os._exit(0)",
    "fork at the test": "import os\ndef f(x):\n    os.fork()\n    return 0.0",
    "endless data": "def f(x): return np.zeros(2**25)",
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


def test_nothing_of_ours_can_be_read():
    project = Path(__file__).parents[2]
    source = f"""
import os, importlib.util, glob
def listed(path):
    try: return os.listdir(path)
    except OSError as e: return type(e).__name__
print([listed(p) for p in ({str(project)!r}, {str(project / "solutions")!r}, '/home', '/root', '/var', '/mnt')])
print([importlib.util.find_spec(n) for n in ('reference', 'grading')])
print([n for n in ('CONVGRADE_SEED', 'SECRET_OF_THE_GRADER') if n in os.environ])
found = []
for top, folders, files in os.walk('/'):
    if top.startswith(('/proc', '/usr', '/dev')) or 'nbgrader/tests' in top: folders[:] = []; continue
    found += [os.path.join(top, f) for f in files if f in ('checks.npz', 'mistakes.py', 'gradebook.db')]
print('FOUND', found)
print(sorted(os.listdir('/grader/inside')), open('/proc/1/cmdline').read())
"""
    os.environ["SECRET_OF_THE_GRADER"] = "x"
    try:
        text = seen(source)
    finally:
        del os.environ["SECRET_OF_THE_GRADER"]
    assert "FOUND []" in text and "[None, None]" in text and "[]" in text
    assert "SECRET_OF" not in text
    for secret in ("solutions", "gradebook", "run_pass.py", "session.py", "shared"):
        assert f"'{secret}" not in text
    assert "CONVGRADE_SEED" not in text


def test_there_is_no_network():
    text = seen(
        "import socket\n"
        "for family, address in ((socket.AF_INET, ('127.0.0.1', 22)), (socket.AF_INET, ('1.1.1.1', 53))):\n"
        "    try: socket.create_connection(address, 1); print('connected')\n"
        "    except OSError as e: print('refused', e.errno)\n"
        "print(open('/proc/net/dev').read().count(':'))"
    )
    assert "connected" not in text and text.count("refused") == 2


def test_the_sandbox_cannot_be_written_or_left():
    text = seen("""
import os, ctypes
libc = ctypes.CDLL(None, use_errno=True)
tried = {}
for path in ('/x', '/dev/x', '/usr/lib/x', '/grader/inside/x', '/course/convschool/x', '/proc/1/mem', '/proc/sys/kernel/hostname'):
    try: open(path, 'w').write('x'); tried[path] = 'WROTE'
    except OSError as e: tried[path] = e.errno
tried['unshare user'] = 'LEFT' if libc.unshare(0x10000000) == 0 else 'no'
tried['unshare mount'] = 'LEFT' if libc.unshare(0x20000) == 0 else 'no'
tried['umount'] = 'LEFT' if libc.umount2(b'/proc', 2) == 0 else 'no'
tried['mount'] = 'LEFT' if libc.mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0 else 'no'
tried['chroot'] = 'LEFT' if libc.chroot(b'/tmp') == 0 else 'no'
tried['setuid'] = 'LEFT' if libc.setuid(0) == 0 else 'no'
tried['trace'] = 'LEFT' if libc.ptrace(16, 1, 0, 0) == 0 else 'no'
try: os.kill(1, 9); tried['kill'] = 'sent'
except OSError as e: tried['kill'] = e.errno
print(tried, os.getuid(), os.getpid())
print([line for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapPrm', 'NoNewPrivs'))])
""")
    assert "WROTE" not in text and "LEFT" not in text
    assert "NoNewPrivs:\\\\t1" in text and "CapEff:\\\\t0000000000000000" in text


def test_no_descriptor_but_the_conversation_is_open():
    text = seen(
        "import os; print(sorted(os.readlink(f'/proc/self/fd/{n}') for n in range(64) if os.path.exists(f'/proc/self/fd/{n}')))"
    )
    assert text.count("socket:") == 1 and text.count("/dev/null") == 3 and text.count("pipe:") == 0


def test_no_process_outlives_the_notebook():
    name = f"left-by-test-{os.getpid()}"
    graded(extra(
        "import os, sys, signal\n"
        "for n in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"        if os.fork() == 0: os.execv(sys.executable, [{name!r}, '-c', 'import time; time.sleep(600)'])\n"
        "        os._exit(0)"
    ))  # fmt: skip
    time.sleep(0.3)
    assert not running(name)


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


def test_memory_is_counted_over_all_processes():
    executed = graded(
        extra(
            "import os, time\nblock = bytearray(150 * 2**20)\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(20)"
        ),
        memory_mb=400,
        show=False,
    )
    assert executed.status == "out-of-memory"


@pytest.mark.parametrize(
    "source",
    [
        "open('big', 'wb').write(bytes(200 * 2**20))",
        "for n in range(9): open(f'big{n}', 'wb').write(bytes(60 * 2**20))",
        "for n in range(10**6): open(f'f{n}', 'w').close()",
        "open('/dev/shm/big', 'wb').write(bytes(100 * 2**20))",
        "files = [open('x', 'w') for _ in range(10**4)]",
        "import threading, time\nthreads = [threading.Thread(target=time.sleep, args=(9,), daemon=True).start() for _ in range(999)]",
    ],
)  # fmt: skip
def test_files_disk_and_tasks_are_limited(source):
    executed = graded(extra(source))
    (output,) = [entry for entry in executed.notebook["cells"][0]["outputs"] if entry["output_type"] == "error"]
    assert output["ename"] in ("OSError", "RuntimeError")
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
