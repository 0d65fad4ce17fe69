"""A learner's objects, as the code of a marked cell meets them through proxies."""

import copy
import linecache
import operator
import time

import numpy as np
import pytest

from convschool.cases import LAYOUTS, Case, Part, lay_out
from convschool.compare import INPUT_MODIFIED
from convschool.verdict import judge
from grading.execute.session import LearnersError, Proxy


def only(session, name):
    return session.names([name])[name]


def test_a_function_takes_and_gives_plain_data(learner):
    f = only(learner("def f(*args, **kwargs): return args, kwargs"), "f")
    args = (1, 2.5, None, True, "é", [1, [2]], (3,), {"a": 1, 2: "b"}, {4}, 1j)
    assert f(*args, x=np.float32(2)) == (args, {"x": np.float32(2)})


def test_values_are_pulled_and_functions_are_not(learner):
    session = learner("a = np.arange(3.0)\nb = {'w': a}\ndef f(): pass\nclass C: pass")
    found = session.names(["a", "b", "f", "C", "missing"])
    assert list(found) == ["a", "b", "f", "C"]
    assert type(found["a"]) is np.ndarray and found["b"]["w"].tolist() == [0, 1, 2]
    assert callable(found["f"]) and callable(found["C"])
    assert repr(found["f"]) == "<the learner's f>" and found["f"].__name__ == "f"


def test_objects_have_attributes_methods_and_items(learner):
    source = """
    class Layer:
        def __init__(self, n): self.params, self.n = {"w": np.ones(n)}, n
        def forward(self, x): return x * self.params["w"]
        def __len__(self): return self.n
        def __getitem__(self, key): return self.params[key]
        def __setitem__(self, key, value): self.params[key] = value
    """
    layer_class = only(learner("import textwrap\nexec(textwrap.dedent('''" + source + "'''))"), "Layer")
    layer = layer_class(3)
    assert isinstance(layer, layer_class) and not isinstance(3, layer_class)
    assert layer.forward(np.array([1.0, 2, 3])).tolist() == [1, 2, 3]
    assert len(layer) == 3 and layer["w"].tolist() == [1, 1, 1]
    layer["w"] = np.zeros(3)
    layer.n = 5
    other = copy.deepcopy(layer)
    other.n = 6
    assert layer.params["w"].tolist() == [0, 0, 0] and layer.n == 5 and other.n == 6
    with pytest.raises(AttributeError):
        _ = layer.missing


def test_an_object_given_back_is_the_object_itself(learner):
    session = learner("class A: pass\na = A()\ndef same(x): return x is a\ndef give(): return a")
    found = session.names(["a", "same", "give"])
    assert found["same"](found["a"]) is True
    assert found["give"]() is found["a"]


def test_handles_are_let_go_of(learner):
    session = learner("import weakref\nclass A: pass\nlive = weakref.WeakSet()\n"
                      "def make():\n    a = A()\n    live.add(a)\n    return a\n"
                      "def count():\n    import gc; gc.collect()\n    return len(live)")  # fmt: skip
    make, count = (only(session, name) for name in ("make", "count"))
    kept = make()
    for _ in range(20):
        make()
    assert count() <= 2
    assert kept is not None


def test_generators_are_iterated_there(learner):
    session = learner(
        "def batches(n):\n    for i in range(n): yield np.full(2, i)\ndef forever():\n    while True: yield 1"
    )
    batches = only(session, "batches")
    assert [batch.tolist() for batch in batches(3)] == [[0, 0], [1, 1], [2, 2]]
    session.deadline = time.monotonic() + 0.5
    with pytest.raises(Exception, match="longer than a cell"):
        list(only(session, "forever")())


@pytest.mark.parametrize(
    "left, before, after", [(0, 0, 0), (0.2, 0.5, 0), (0.2, 0, 0.5)], ids=["before it", "while", "after it"]
)
def test_a_deadline_that_passes_while_a_request_is_sent_ends_that_call_alone(learner, monkeypatch, left, before, after):
    session = learner("def forever():\n    while True: pass\ndef one(): return 1")
    forever, one = (only(session, name) for name in ("forever", "one"))
    send = session.channel.send

    def slow(*args):
        time.sleep(before)
        send(*args)
        time.sleep(after)

    with monkeypatch.context() as patch:
        patch.setattr(session.channel, "send", slow)
        session.start_cell("a cell", time.monotonic() + left)
        with pytest.raises(Exception, match="longer than a cell"):
            forever()
    assert session.status == "timed-out"
    session.start_cell("the next", time.monotonic() + 10)
    assert one() == 1


def test_array_likes_are_read_as_arrays(learner):
    session = learner(
        "class Tensor:\n    def __array__(self, dtype=None, copy=None): return np.ones(2)\ndef f(): return Tensor()"
    )
    assert np.asarray(only(session, "f")()).tolist() == [1, 1]


def test_callbacks_work_and_nest(learner):
    session = learner(
        "def numerical(f, x, h=1e-6):\n"
        "    g = np.zeros_like(x)\n"
        "    for i in range(x.size):\n"
        "        e = np.zeros(x.size); e[i] = h\n"
        "        g.flat[i] = (f(x + e.reshape(x.shape)) - f(x - e.reshape(x.shape))) / (2 * h)\n"
        "    return g\n"
        "def square(x): return (x ** 2).sum()\n"
        "def give_back(f): return f"
    )
    numerical, square, give_back = (only(session, name) for name in ("numerical", "square", "give_back"))
    x = np.array([1.0, 2.0])
    assert np.allclose(numerical(lambda v: square(v) * 3, x), 6 * x, atol=1e-4)
    assert give_back(square) is square
    assert give_back(operator.add) is operator.add


def test_an_error_in_a_callback_can_be_caught_by_the_learner(learner):
    catch = only(learner("def f(g):\n    try: g()\n    except ZeroDivisionError as e: return str(e)"), "f")
    assert catch(lambda: 1 / 0) == "division by zero"


def test_exceptions_keep_their_names_and_the_learners_line(learner):
    session = learner(
        "class Mine(KeyError): pass\n"
        "def a(): raise Mine('x')\n"
        "def b(): raise NotImplementedError\n"
        "def c(): raise SystemExit(3)\n"
        "def d(): raise UnicodeDecodeError('utf8', b'', 0, 1, 'bad')\n"
        "def e(): raise ExceptionGroup('g', [ValueError()])\n"
        "def f(): raise KeyboardInterrupt\n"
        "def g(): return [1][3]"
    )
    with pytest.raises(KeyError) as caught:
        only(session, "a")()
    assert type(caught.value).__name__ == "Mine" and str(caught.value) == "'x'"
    assert caught.value.learners_line == "line 3, in a: def a(): raise Mine('x')"
    with pytest.raises(NotImplementedError):
        only(session, "b")()
    for name in "cdefg":
        with pytest.raises(LearnersError):
            only(session, name)()


def test_a_raise_that_the_template_left_behind_an_answer_is_told_in_the_words_of_the_visible_check(learner):
    work = "def f(x):\n    y = x + 1\n    y *= 2\n    z = y - 1\n    print(z)\n    raise NotImplementedError"
    untouched = "def f(x):\n    # write your answer here\n    raise NotImplementedError"
    part = Part("a-b", "f", ("x",), cases=(Case("a number", (1,), 3),))
    told = {}
    for source in (work, untouched):
        there = only(learner(source), "f")
        cell = f"<{source[:40]}{len(source)}>"
        linecache.cache[cell] = (1, None, source.splitlines(keepends=True), cell)
        here = {}
        exec(compile(source, cell, "exec"), here)
        facts = [
            (verdict.failure.kind, verdict.failure.says, verdict.findings)
            for verdict in (judge(part, there), judge(part, here["f"]))
        ]
        assert facts[0] == facts[1]
        told[source] = facts[0]
    assert told[work][0] == "raised" and [one.id for one in told[work][2]] == ["leftover-raise"]
    assert told[untouched][0] == "unanswered"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_changed_argument_is_seen_changed_here(learner, layout):
    f = only(learner("def f(x, more):\n    x[0] = 7\n    more['y'] = more.pop('x')\n    more['list'].append(1)"), "f")
    x, more = lay_out(np.zeros((2, 3)), layout), {"x": np.ones(2), "list": [0]}
    f(x, more)
    assert x.tolist() == [[7, 7, 7], [0, 0, 0]]
    assert list(more) == ["list", "y"] and more["list"] == [0, 1] and more["y"].tolist() == [1, 1]


def test_a_change_is_seen_after_an_exception_too(learner):
    f = only(learner("def f(x):\n    x += 1\n    raise ValueError"), "f")
    x = np.zeros(2)
    with pytest.raises(ValueError):
        f(x)
    assert x.tolist() == [1, 1]


def test_a_random_generator_goes_there_and_comes_back_advanced(learner):
    f = only(learner("def f(rng): return rng.normal(size=3)"), "f")
    rng, other = np.random.default_rng(3), np.random.default_rng(3)
    assert np.array_equal(f(rng), other.normal(size=3))
    assert rng.random() == other.random()


def test_dtypes_types_and_ufuncs_go_by_name(learner):
    f = only(learner("def f(dtype, cast, activation): return activation(np.ones(1, dtype)), cast(2)"), "f")
    array, number = f(np.float32, float, np.negative)
    assert array.dtype == np.float32 and array[0] == -1 and type(number) is float


def test_what_cannot_cross_is_a_type_error_of_the_author(learner):
    f = only(learner("def f(x): return x"), "f")
    with pytest.raises(TypeError, match="only plain data"):
        f(object())
    assert f(1) == 1


def test_names_with_an_underscore_are_not_asked_for(learner):
    session = learner(
        "class A:\n"
        "    def _repr_html_(self): return '<script>'\n"
        "    def _repr_mimebundle_(self, **k): return {'application/vnd.convschool.verdict+json': {}}\n"
        "    def _ipython_display_(self): print('x')\n"
        "    def __eq__(self, other): return True\n"
        "    _private = 1\na = A()"
    )
    a = only(session, "a")
    for name in ("_repr_html_", "_repr_mimebundle_", "_ipython_display_", "_private", "__array_function__"):
        assert not hasattr(a, name)
    assert a != 1 and a == a


def part(oracle, *args, mistakes=None):
    return Part("p-a", "f", ("x",), cases=(Case("a case", args, oracle(*args), mistakes or {}),))


def test_a_check_gives_the_same_verdict_across_the_boundary(learner):
    session = learner(
        "def right(x): return (x * 2).tolist()\n"
        "def wrong(x): return x * 3\n"
        "def modifies(x): x *= 2; return x\n"
        "def unanswered(x): raise NotImplementedError\n"
        "def raises(x): return x[100]\n"
        "class Equal(np.ndarray):\n"
        "    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "    def __array_function__(self, *a, **k): return True\n"
        "    def __array_ufunc__(self, *a, **k): return np.zeros(3)\n"
        "def lies(x): return np.zeros(3).view(Equal)\n"
    )
    case = part(lambda x: x * 2, np.arange(3.0), mistakes={"tripled": (np.arange(3.0) * 3,)})
    names = ["right", "wrong", "modifies", "unanswered", "raises", "lies"]
    verdicts = {name: judge(case, only(session, name)) for name in names}
    assert verdicts["right"].passed
    assert verdicts["wrong"].mistake == "tripled" and verdicts["modifies"].mistake == INPUT_MODIFIED
    kinds = [verdicts[name].failure.kind for name in ("unanswered", "raises", "lies")]
    assert kinds == ["unanswered", "raised", "values"]
    assert "x[100]" in verdicts["raises"].failure.line


def test_proxies_are_not_arrays_or_numbers_by_themselves(learner):
    a = only(learner("class A: pass\na = A()"), "a")
    assert isinstance(a, Proxy) and not callable(a)
    with pytest.raises(TypeError):
        np.asarray(a)
