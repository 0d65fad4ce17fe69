"""What an exception means is said in terms of the contract, with the learner's own variables."""

import linecache
import textwrap

import numpy as np
import pytest

from convschool import explain
from convschool.cases import Case, Part
from convschool.exceptions import Raised, of_exception
from convschool.verdict import judge

X = np.arange(1.0, 49.0).reshape(1, 2, 4, 6)


def told(body, arguments=("x", "k", "p"), given=(X, 2, 0), expected=X, results=(), raises="", before=""):
    """The ids and sentences of what is said of an answer with this body, typed into a cell."""
    code = f"{before}\ndef f({', '.join(arguments)}):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n".lstrip("\n")
    linecache.cache["<cell>"] = (1, None, code.splitlines(keepends=True), "<cell>")
    names = {"np": np}
    exec(compile(code, "<cell>", "exec"), names)
    part = Part("a-b", "f", arguments, results, results, cases=(Case("one", given, expected, raises=raises),))
    verdict = judge(part, names["f"])
    assert not verdict.passed
    return verdict


def first(body, **how):
    finding = told(body, **how).findings[0]
    return finding.id, finding.sentence


@pytest.mark.parametrize(
    ("body", "id", "parts"),
    [
        (
            "dx = np.zeros((1, 2, 3, 5))\ndx[:, :, 0:3, 3:6] += np.ones((1, 2, 3, 3))",
            "window-past-the-edge",
            ["`dx` has shape (1, 2, 3, 5)", "axis 3 from 3 to 6", "it ends at 5"],
        ),
        ("dx = np.zeros(x.shape)\ndx[:] = x[:, :, p:-p, p:-p]", "empty-crop", ["`p:-p` is empty"]),
        ("w = np.ones((3, 3))\nreturn x[0, 0, :2, :2] * w", "shapes-do-not-fit", ["`w` has shape (3, 3)", "(2, 2)"]),
        ("w = np.ones((3, 3))\nreturn x[0, 0] @ w", "shapes-do-not-fit", ["(4, 6)", "A matrix product"]),
        ("out = np.zeros(4)\nout[:2] = np.ones(3)", "shapes-do-not-fit", ["`out[:2]` has shape (2,)"]),
        ("out = np.zeros((2, 2, 2, 2))\nreturn out[0, 0, 0, 4]", "past-the-edge", ["last column is 1", "ask for 4"]),
        ("out = np.zeros(3)\nreturn out[-5]", "past-the-edge", ["first index is -3"]),
        ("h = x.shape[2] / k\nreturn np.zeros((h, 2))", "float-for-an-int", ["`h` is 2.0", "`//`"]),
        ("n, c = x.shape\nreturn x", "unpacking", ["`x.shape` is (1, 2, 4, 6)", "4 items", "2 names"]),
        ("kh, kw = k\nreturn x", "number-for-a-pair", ["`k` is the number 2"]),
        ("q = (2, 3)\nreturn x.shape[2] - q", "pair-for-a-number", ["`q` is the pair (2, 3)"]),
        ("out = np.zeros(3)\nb = np.ones(2)\nout[0] = x[0, 0, 0, 0] + b", "array-for-a-number", ["`b` has shape (2,)"]),
        (
            "w = np.ones((2, 3))\nreturn np.einsum('nchw,fc->nfhw', x, w)",
            "einsum-letters",
            ["letter `c` is an axis of length 2 in `x` and of length 3 in `w`"],
        ),
        ("return np.einsum('chw->hw', x)", "einsum-letters", ["4 axes, and its letters are `chw`"]),
        ("layers = []\nreturn layers[-1][0]", "list-too-short", ["`layers` is empty"]),
        ("kept = []\nreturn kept.pop()", "list-too-short", ["`kept` is empty"]),
        ("which = np.ones((2, 2), int)\nreturn np.bincount(which)", "too-many-axes-for-a-function", ["(2, 2)"]),
        (
            "source, kept = {'a': 1}, {}\nkept['b'] = source['b']",
            "key-missing",
            ["`source` has no key 'b' in this case: its keys are 'a'"],
        ),
        (
            "return x[0, 0].sum(axis=1) + np.ones((3, 2)).sum(axis=1)",
            "shapes-do-not-fit",
            ["An array of shape (4,) meets one of shape (3,)"],
        ),
        ("return x.reshape(4, 4)", "reshape-does-not-fit", ["48 entries", "asks for 16"]),
        ("return x[0, 0, 0, 0, 0]", "too-many-indices", ["`x` has shape (1, 2, 4, 6)", "you index 5"]),
        ("return x.sum(axis=5)", "axis-missing", ["no such axis"]),
        ("total += 1\nreturn total", "set-too-late", ["`total`"]),
        ("return OH", "name-not-set", ["`OH`"]),
        ("return f(x, k, p)", "calls-itself", ["without an end"]),
        ("import no_such_package", "not-installed", ["NumPy is enough"]),
        ("return x if x > 0 else 0", "truth-of-an-array", ["np.maximum"]),
        ("out = np.zeros(2, int)\nout += 0.5", "whole-number-array", ["whole numbers"]),
        ("return x[:, :, 9:].max(axis=2)", "empty-array", ["no entries"]),
        ("return np.zeros((k - 3, 2))", "size-below-one", ["below 0"]),
        ("v = {}\nreturn v['w'] + 1", "key-missing", ["`v` has no key 'w'", "it is empty"]),
        ("v = {'w': 1}\nb = 'b'\nreturn v[b] + 1", "key-missing", ["`v` has no key 'b'", "its keys are 'w'"]),
        ("return x(0)", "not-callable", ["square brackets"]),
        ("return k / p", "division-by-zero", ["divided by 0"]),
        ("assert x.shape[2] % (k + 1) == 0\nreturn x", "own-assertion", ["`k` is 2"]),
        ("raise ValueError('no')", "own-error", ["your own `raise`"]),
        ("return np.einsum('nchw,fc->nfhw', x)", "einsum-letters", ["one letter for each axis"]),
        ("for i in xrange(3):\n    pass", "python-2", ["Python 2"]),
        ("return {}.has_key(3)", "python-2", ["Python 2"]),
        ("return x.astype(np.float)", "numpy-names", ["`float`"]),
        ("y = None\nreturn y[0]", "none-used", ["None"]),
        ("view = np.broadcast_to(x, (2, *x.shape))\nview[0] = 1", "read-only", ["a view"]),
    ],
)
def test_an_exception_is_said_in_words_of_the_contract(body, id, parts):
    told_id, sentence = first(body)
    assert told_id == id, sentence
    assert [part for part in parts if part not in sentence] == [], sentence


def test_nothing_of_the_learners_is_called_to_look_at_variables():
    body = """
    class Loud:
        def __getattr__(self, name):
            raise SystemExit(name)
        def __getitem__(self, index):
            raise SystemExit("indexed")
        def __add__(self, other):
            raise SystemExit("added")
    loud = Loud()
    return x[99] + loud[1] + loud.size
    """
    assert first(body)[0] == "past-the-edge"


def test_without_the_source_of_the_cell_the_general_sentence_is_told():
    part = Part("a-b", "f", ("x",), cases=(Case("one", (X,), X),))
    names = {}
    exec(compile("def f(x):\n    return x[99]", "<a cell without source>", "exec"), names)
    assert judge(part, names["f"]).findings[0].sentence.startswith("An index runs past the end of an axis.")


def test_an_exception_inside_a_function_that_is_called_names_what_it_was_given():
    before = "def inner(a, s):\n    return np.pad(a, s)[99]\n"
    id, sentence = first("s = (1, 2)\nreturn inner(x, s)", before=before)
    # the cell's own inner line is the learner's, and is looked at itself
    assert id in ("past-the-edge", "array-for-a-number", "inside-a-call", "shapes-do-not-fit")
    names = {"np": np}
    exec(compile("def given(a, s):\n    return a[99] + s", "<no source>", "exec"), names)
    linecache.cache["<cell>"] = (1, None, ["def f(x, k, p):\n", "    return given(x, k)\n"], "<cell>")
    exec(compile("def f(x, k, p):\n    return given(x, k)\n", "<cell>", "exec"), names)
    verdict = judge(Part("a-b", "f", ("x", "k", "p"), cases=(Case("one", (X, 2, 0), X),)), names["f"])
    assert verdict.findings[0].id == "inside-a-call"
    assert "`given`" in verdict.findings[0].sentence and "`k` is 2" in verdict.findings[0].sentence


WORK = "out = np.zeros(x.shape)\nout += x\nout *= k\nraise NotImplementedError"


def test_finished_work_above_the_templates_raise_is_no_missing_answer():
    verdict = told(WORK)
    assert verdict.failure.kind == "raised" and verdict.findings[0].id == "leftover-raise"
    assert "Take it out" in explain.text(verdict)


def test_a_line_of_work_below_that_of_the_template_is_an_answer():
    # the start of an optimizer: the template stores the settings, the learner makes one dict
    assert first("size = k\nkept = {}\nraise NotImplementedError")[0] == "leftover-raise"


def test_the_larger_of_two_arrays_taken_by_max_is_told():
    id, sentence = first("return np.max(0, x)")
    assert id == "array-for-an-index" and "`np.maximum`" in sentence and "`x` for the number of an axis" in sentence
    assert first("return [1, 2][x]")[0] == "array-for-an-index"


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "a plain number"), ([1.0], "a list"), ("x", "a text")],
)
def test_what_stands_in_the_place_of_an_array_is_told_where_the_lessons_code_meets_it(value, words):
    names = {}
    exec(compile("def given(w):\n    return w.shape\n", "<no source>", "exec"), names)
    verdict = judge(Part("a-b", "f", ("x",), cases=(Case("one", (X,), X),)), lambda x: names["given"](value))
    # the lambda is a line of this file; without it, as in the lesson's own report, no line is the learner's
    (fact,) = of_exception(Raised(verdict.failure.says.removeprefix("your function raised ")))
    assert fact.id == "attribute-missing" and words in fact.sentence and "no `shape`" in fact.sentence


@pytest.mark.parametrize(
    ("body", "id", "words"),
    [
        ("return np.float64(2)[0]", "number-for-an-array", "one entry, or the whole array"),
        ("return np.float64(2).backward()", "attribute-missing", "A numpy.float64 has no `backward`"),
        ("class Layer:\n    pass\nreturn Layer(x)", "start-missing", "no `__init__` that takes arguments"),
    ],
)
def test_a_number_or_a_class_that_is_not_what_it_is_taken_for_is_told(body, id, words):
    told_id, sentence = first(body)
    assert told_id == id and words in sentence


@pytest.mark.parametrize(
    "message",
    ["AttributeError: 'Seven' object has no attribute 'eight'", "AttributeError: 'int' object has no attribute 'T'",
     "ValueError: matmul: Input operand 1 (size 7 is different from 8)"],
)  # fmt: skip
def test_no_word_of_an_exception_is_told_of_a_hidden_case(message):
    # a function that has met a hidden case may raise what that case says
    (fact,) = of_exception(Raised(message))
    (other,) = of_exception(Raised(message.replace("Seven", "Nine").replace("eight", "ten").replace("'T'", "'ndim'")))
    assert fact.of_any_case == other.of_any_case
    assert not any(word in fact.of_any_case for word in ("Seven", "eight", "`T`", "7", "8"))


def test_no_contract_is_claimed_where_the_line_is_only_known_as_text():
    for message in ("KeyError: 'w'", "AttributeError: 'LeNet5' object has no attribute 'layers'"):
        for where in ("", "line 3, in f: kept['w']"):
            (fact,) = of_exception(Raised(message, where=where))
            assert "contract" not in fact.sentence


@pytest.mark.parametrize("body", ["raise NotImplementedError", "size = k\nraise NotImplementedError"])
def test_an_untouched_template_is_a_missing_answer(body):
    verdict = told(body)
    assert verdict.failure.kind == "unanswered" and verdict.findings == ()


@pytest.mark.parametrize("body", ["raise TypeError('k')", "assert k > 9", "return x[99]"])
def test_another_exception_than_the_contract_names_is_told(body):
    assert first(body, raises="ValueError", expected=None)[0] == "another-exception"


def test_a_result_where_an_exception_is_due_is_shown():
    id, sentence = first("return -1", raises="ValueError", expected=None)
    assert id == "error-is-due" and "returned -1" in sentence and "raise ValueError" in sentence


@pytest.mark.parametrize(
    ("body", "id"),
    [
        ("return None", "returned-nothing"),
        ("dx = dw = x", "returned-nothing"),
        ("return x + 1", "one-of-several"),
        ("return x, (x, x)", "nested-tuple"),
        ("return {'dx': x, 'dw': x, 'db': x}", "dict-for-a-tuple"),
        ("return x, x", "results-missing"),
        ("return x, x, x, x", "too-many-results"),
        ("return 3 * x, x, 2 * x", "results-in-another-order"),
        ("yield x", "generator"),
        ("return f", "function-returned"),
    ],
)
def test_what_was_returned_in_the_place_of_three_results_is_told(body, id):
    found = first(body, results=("dx", "dw", "db"), expected=(x_of(1), x_of(2), x_of(3)))
    assert found[0] == id, found
    if id == "one-of-several":
        assert "return None, None, db" in found[1]


def x_of(factor):
    return X * factor


@pytest.mark.parametrize(
    ("body", "id"),
    [
        ("out = x * 1", "returned-nothing"),
        ("return x, (k, p)", "tuple-for-an-array"),
        ("return x.astype(complex)", "complex-result"),
        ("return np.sum", "function-returned"),
        ("yield x", "generator"),
    ],
)
def test_what_was_returned_in_the_place_of_an_array_is_told(body, id):
    assert first(body)[0] == id


def test_variables_of_the_notebook_and_unread_arguments_are_told():
    verdict = told("return x * OH + p", before="OH = 3")
    sentence = {one.id: one.sentence for one in verdict.findings}["reads-the-notebook"]
    assert "`OH` (3 there)" in sentence
    assert "OH" not in {one.id: one.of_any_case for one in verdict.findings}["reads-the-notebook"]
    verdict = told("def inner():\n    return p\nreturn x * 3 + inner()")
    assert {one.id: one.sentence for one in verdict.findings}["never-reads"].endswith("never reads its argument `k`.")


@pytest.mark.parametrize(
    "body",
    ["return x * k + p + 1", "return np.maximum(x, k) * -1 + p", "g = lambda: k\nreturn x * g() - p - 1"],
)
def test_what_is_read_and_what_is_local_is_not_told(body):
    ids = {one.id for one in told(body, before="def helper():\n    return 3\nNAMES = ('a', 'b')").findings}
    assert not ids & {"reads-the-notebook", "never-reads"}


def test_right_results_in_the_right_order_are_no_other_order():
    verdict = told("return x, 2 * x, 4 * x", results=("dx", "dw", "db"), expected=(x_of(1), x_of(2), x_of(3)))
    assert "results-in-another-order" not in [one.id for one in verdict.findings]


def test_a_default_that_every_call_shares_is_told():
    body = "kept.append(x.sum())\nreturn x * len(kept) + np.sin(x)"
    assert first(body, arguments=("x", "k", "p", "kept=[]"))[0] == "keeps-between-calls"
