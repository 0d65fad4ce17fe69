"""What a verdict says of right answers, of wrong ones, and of answers that misbehave."""

import random
import re

import numpy as np
import pytest

from convschool.cases import LAYOUTS, AtLeast, AtMost, Case, Part
from convschool.compare import INPUT_MODIFIED, compare
from convschool.functions import cube
from convschool.verdict import judge

X = np.arange(6.0).reshape(2, 3)


def part(*cases, **how):
    return Part("twice-values", "twice", ("x", "stride"), cases=cases, **how)


TWICE = part(
    Case("a matrix", (X, 1), 2 * X, {"squared": (X**2,), "plus-two": (X + 2,)}),
    Case("a row", (X[0], 2), 2 * X[0], {"squared": (X[0] ** 2,), "plus-two": (X[0] + 2,)}),
    messages={"squared": "Squared?"},
)
PAIR = Part(
    "both-first",
    "both",
    ("x",),
    results=("dx", "dw", "db"),
    compares=("dx", "db"),
    cases=(Case("a matrix", (X,), (X, X.sum(0)), {"swapped": ((X.sum(0), X),)}),),
)


def test_a_right_answer_passes_and_says_what_was_covered():
    verdict = judge(TWICE, lambda x, stride: 2 * x)
    assert verdict.passed and verdict.covered == ("a matrix", "a row") and verdict.mistake == ""


@pytest.mark.parametrize(
    "convert",
    [np.float32, np.asfortranarray, lambda a: a.tolist(), lambda a: a.astype(int), lambda a: a[::1], np.ma.array],
)
def test_any_array_like_result_will_do(convert):
    assert judge(TWICE, lambda x, stride: convert(2 * x)).passed


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arguments_are_fresh_and_lie_in_memory_as_the_case_says(layout):
    given = []
    case = Case("c", (X, [X, {"w": X}]), X, layout=layout)
    assert judge(part(case), lambda x, more: (given.extend([x, more[0], more[1]["w"]]), x)[1]).passed
    for array in given:
        assert not np.shares_memory(array, X)
        assert (array.strides[-1] == 8) == (layout == "C")


COUNTS = Part("counts-all", "counts", ("n",), results=("a", "b"), compares=("b",), cases=(Case("3", (3,), (9,)),))


@pytest.mark.parametrize("convert", [tuple, list, np.array, lambda pair: np.array(pair, np.int32)])
def test_several_numbers_may_come_in_anything_that_unpacks(convert):
    assert judge(COUNTS, lambda n: convert((n, n * n))).passed
    assert not judge(COUNTS, lambda n: convert((n * n, n))).passed
    assert judge(COUNTS, lambda n: convert((n, n, n))).failure.kind == "type"


def test_one_image_in_place_of_three_results_is_called_by_its_name():
    failure = judge(PAIR, lambda x: np.ones((3, 2, 3))).failure
    assert failure.kind == "type" and "dx, dw, db" in failure.says


def test_a_known_mistake_is_named_with_its_message():
    verdict = judge(TWICE, lambda x, stride: x**2)
    assert not verdict.passed and verdict.mistake == "squared" and verdict.message == "Squared?"
    failure = verdict.failure
    assert failure.kind == "values" and failure.about == "a matrix"
    assert failure.says == "4 of 6 entries of the result differ; most at [1, 2]: 25, expected 10"
    np.testing.assert_array_equal(failure.expected, 2 * X)
    np.testing.assert_array_equal(failure.got, X**2)


def test_an_unknown_mistake_has_no_name():
    verdict = judge(TWICE, lambda x, stride: x)
    assert not verdict.passed and verdict.mistake == "" and verdict.message == ""


def test_of_two_mistakes_with_one_result_the_one_that_fits_more_cases_is_named():
    both = {"early": (X,), "late": (X,)}
    ambiguous = part(
        Case("one", (X, 1), 2 * X, both), Case("two", (X, 2), 2 * X, {"early": (X,), "late": (3 * X,)}), messages={}
    )
    assert judge(ambiguous, lambda x, stride: x).mistake == "early"
    assert judge(ambiguous, lambda x, stride: x if stride == 1 else 3 * x).mistake == "late"


def test_a_mistake_that_another_case_speaks_against_is_not_named():
    first, second = (Case(about, (X, k), 2 * X, {"zeros": (0 * X,)}) for k, about in enumerate(("one", "two"), start=1))
    answers = {1: 0 * X, 2: 2 * X}
    assert judge(part(first, second), lambda x, stride: answers[stride]).mistake == ""  # right in the second case
    answers[2] = X
    assert judge(part(first, second), lambda x, stride: answers[stride]).mistake == ""  # wrong in another way
    answers[2] = 0 * X
    assert judge(part(first, second), lambda x, stride: answers[stride]).mistake == "zeros"
    del answers[2]  # raises: says nothing for or against
    assert judge(part(first, second), lambda x, stride: answers[stride]).mistake == "zeros"


def test_a_mistake_that_a_case_cannot_tell_must_be_right_there():
    first = Case("one", (X, 1), 2 * X, {"only-here": (X,), "everywhere": (X,)})
    second = Case("two", (X, 2), 2 * X, {"everywhere": (X,)})
    assert judge(part(first, second), lambda x, stride: x if stride == 1 else 2 * x).mistake == "only-here"
    assert judge(part(first, second), lambda x, stride: x).mistake == "everywhere"


@pytest.mark.parametrize(
    "value, kind, says",
    [
        (None, "type", "the result is None: does every path end in a return?"),
        ("text", "type", "the result must hold real numbers; it is a str"),
        (X * 1j, "type", "must hold real numbers; it is one array of shape (2, 3) and dtype complex128"),
        (X > 1, "type", "must hold real numbers; it is one array of shape (2, 3) and dtype bool"),
        (np.array([object()]), "type", "must hold real numbers"),
        ([[1, 2], [3]], "type", "cannot be read as an array"),
        (2 * X.T, "shape", "the result must have shape (2, 3), not (3, 2)"),
        (2 * X[None], "shape", "the result must have shape (2, 3), not (1, 2, 3)"),
        (3.0, "shape", "the result must have shape (2, 3), not ()"),
        (np.full((2, 3), np.inf), "not-finite", "the result has 6 of 6 entries inf or nan"),
        (2 * X + 1, "values", "6 of 6 entries of the result differ; most at [0, 0]: 1, expected 0"),
    ],
)
def test_a_wrong_result_is_told_by_type_then_shape_then_values(value, kind, says):
    failure = judge(TWICE, lambda x, stride: value).failure
    assert failure.kind == kind and says in failure.says


def test_an_exception_is_reported_with_the_learners_own_line():
    def answer(x, stride):
        return np.ones((2, 2)) @ np.ones((3, 3))

    failure = judge(TWICE, answer).failure
    assert failure.kind == "raised" and "ValueError" in failure.says and "np.ones((2, 2)) @" in failure.line
    assert re.match(r"line \d+, in answer: ", failure.line)


def test_the_line_is_the_learners_even_where_a_function_of_ours_raises():
    def answer(f):
        return f("text")

    failure = judge(Part("p", "answer", cases=(Case("c", (cube,), X),)), answer).failure
    assert failure.kind == "raised" and failure.line.endswith('in answer: return f("text")')


class Hushed(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize("error", [SystemExit(3), RecursionError(), MemoryError("full"), Hushed(), AssertionError()])
def test_whatever_an_answer_raises_is_an_answer_that_fails(error):
    def answer(x, stride):
        raise error

    failure = judge(TWICE, answer).failure
    assert failure.kind == "raised" and f"your function raised {type(error).__name__}" in failure.says
    assert not failure.says.endswith((": ", ":"))


def test_an_interrupt_ends_the_check():
    def answer(x, stride):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(TWICE, answer)


def test_an_endless_recursion_is_a_failure():
    def answer(x, stride):
        return answer(x, stride)

    assert "RecursionError" in judge(TWICE, answer).failure.says


def test_an_unanswered_exercise_is_told_apart():
    def answer(x, stride):
        raise NotImplementedError

    assert judge(TWICE, answer).failure.kind == "unanswered"
    for name in ("RuntimeError", "Exception", "ValueError"):
        assert judge(part(Case("bad", (X, 0), raises=name)), answer).failure.kind == "unanswered"


@pytest.mark.parametrize(
    "result, passed", [(ValueError, True), (UnicodeError, True), (TypeError, False), (None, False)]
)
def test_an_error_that_is_due(result, passed):
    def answer(x, stride):
        if result:
            raise result
        return x

    verdict = judge(part(Case("stride 0", (X, 0), raises="ValueError")), answer)
    assert verdict.passed == passed
    if result is None:
        assert verdict.failure.kind == "no-error" and "ValueError is due here" in verdict.failure.says
    elif not passed:
        assert verdict.failure.kind == "raised"


def _in_place(x, stride):
    x *= 2
    return x


def _put_back_late(x, stride):
    x[0, 0] = np.nan
    return 2 * X


def _reshaped(x, stride):
    x.shape = (3, 2)
    return 2 * X


@pytest.mark.parametrize("answer", [_in_place, _put_back_late, _reshaped])
def test_a_changed_argument_is_named(answer):
    verdict = judge(part(Case("c", (X, 1), 2 * X)), answer)
    assert verdict.failure.kind == INPUT_MODIFIED == verdict.mistake
    assert verdict.failure.name == "x" and "x is changed" in verdict.failure.says


def test_the_message_for_a_changed_argument_is_of_that_argument():
    def second(x, weights):
        weights *= 2
        return 2 * X

    both = part(Case("c", (X, X), 2 * X), messages={"input-modified: x": "Is x a copy?"})
    assert judge(both, _in_place).message == "Is x a copy?"
    assert judge(both, second).mistake == INPUT_MODIFIED and judge(both, second).message == ""


@pytest.mark.parametrize(
    "args, change",
    [
        (([1, 2],), lambda x: x.append(3)),
        (({"w": X},), lambda x: x.update(w=None)),
        (([1, X],), lambda x: x.__setitem__(0, X)),
        (({"w": X},), lambda x: x["w"].__setitem__(0, 7)),
    ],
)
def test_changes_inside_lists_and_dicts_are_seen(args, change):
    verdict = judge(part(Case("c", args, X)), lambda x: (change(x), X)[1])
    assert verdict.failure.kind == INPUT_MODIFIED


def test_arguments_that_equal_nothing_are_not_taken_for_changed():
    x = np.array([np.nan, 1.0])
    case = Case("c", (x, float("nan"), None, "same", (1, [2.0])), np.ones(2))
    assert judge(part(case), lambda *args: np.ones(2)).passed


def test_several_results_count_only_where_the_part_looks():
    assert judge(PAIR, lambda x: (x, "never looked at", x.sum(0))).passed
    assert judge(PAIR, lambda x: [x, None, x.sum(0)]).passed
    failure = judge(PAIR, lambda x: (x, None, x.sum(1))).failure
    assert (failure.kind, failure.name) == ("shape", "db")
    assert judge(PAIR, lambda x: (x.sum(0), None, x)).mistake == "swapped"


def test_a_result_that_is_still_missing_is_unanswered():
    failure = judge(PAIR, lambda x: (x, None, None)).failure
    assert (failure.kind, failure.name) == ("unanswered", "db") and "db is None" in failure.says


@pytest.mark.parametrize("value", [X, (X, X), None, 3, {"dx": X}])
def test_a_wrong_number_of_results_is_told_with_their_names(value):
    failure = judge(PAIR, lambda x: value).failure
    assert failure.kind == "type" and "both returns dx, dw, db; it returned" in failure.says


def test_judging_puts_the_random_generators_back():
    np.random.seed(7)  # noqa: NPY002 (learners may use it)
    random.seed(7)
    wanted = np.random.rand(), random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    judge(TWICE, lambda x, stride: (np.random.seed(0), random.seed(0), 2 * x)[2])  # noqa: NPY002
    assert (np.random.rand(), random.random()) == wanted  # noqa: NPY002


@pytest.mark.parametrize("function", [None, X, "twice"])
def test_a_check_of_something_that_is_no_function_is_the_callers_mistake(function):
    with pytest.raises(TypeError, match="needs the function twice itself"):
        judge(TWICE, function)


TUPLE = (X, np.ones(3))


@pytest.mark.parametrize(
    "expected, got",
    [
        (3, 3),
        (3, np.int32(3)),
        (3, np.array(3)),
        (0.5, np.float32(0.5)),
        (0.5, [0.5][0]),
        (2.0, 2),
        (True, np.bool_(True)),
        (True, True),
        ("same", "same"),
        (None, None),
        ((2, 3), [2, 3]),
        ((2, 3), np.array([2, 3])),
        (TUPLE, list(TUPLE)),
        ({"w": X, "b": [1.0, 2.5]}, {"b": np.array([1.0, 2.5]), "w": X}),
        ([[1, 2], [3]], [[1, 2], (3,)]),
        (np.array([1.0, np.inf, -np.inf, np.nan]), [1.0, np.inf, -np.inf, np.nan]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array(1e9), 1e9 + 1),
        (np.array(0.0), 9e-5),
        (np.array([1e6, 0.0]), [1e6, 50.0]),
    ],
)
def test_results_that_count_as_the_same(expected, got):
    assert compare(expected, got, 1e-4) is None


@pytest.mark.parametrize(
    "expected, got, kind",
    [
        (3, 4, "values"),
        (3, 3.0, "type"),
        (3, True, "type"),
        (3, "3", "type"),
        (True, False, "values"),
        (True, 1, "type"),
        (np.array([True]), np.array([1]), "type"),
        ("same", "valid", "values"),
        ("same", 3, "values"),
        ("same", np.array(["same", "x"]), "values"),
        (None, 3, "values"),
        (None, X, "values"),
        (TUPLE, (X,), "shape"),
        (TUPLE, X, "type"),
        (TUPLE, (X, np.zeros(3)), "values"),
        (TUPLE, (X, None), "unanswered"),
        ({"w": X}, {"w": X + 1}, "values"),
        ({"w": X}, {"v": X}, "shape"),
        ({"w": X}, X, "type"),
        ({"w": X}, [("w", X)], "type"),
        (np.array([1.0, np.inf]), [1.0, 2.0], "values"),
        (np.array([1.0, np.inf]), [3.0, np.inf], "values"),
        (np.array([1.0, np.nan]), [1.0, np.inf], "values"),
        (np.array([1.0, 2.0]), [1.0, np.nan], "not-finite"),
        (np.zeros((0, 3)), np.zeros((3, 0)), "shape"),
        (np.array(0.0), 2e-4, "values"),
        (np.array(1e9), 1.001e9, "values"),
    ],
)
def test_results_that_differ(expected, got, kind):
    failure = compare(expected, got, 1e-4)
    assert failure is not None and failure.kind == kind and failure.says


def test_a_difference_inside_a_dict_says_which_key():
    assert compare({"w": X}, {"w": X + 1}, 1e-4, name="grads").name == "grads['w']"
    assert "the result[1]" in compare(TUPLE, (X, np.zeros(3)), 1e-4).says


def test_a_number_beyond_its_bar_is_told_with_the_authors_sentence():
    assert compare(AtMost(2.0, "Smaller steps?"), 2.0, 1e-6) is None
    assert compare(AtMost(2.0, "Smaller steps?"), 2.5, 1e-6).says == (
        "the result must be at most 2; yours is 2.5. Smaller steps?"
    )
    assert compare(AtLeast(2.0), 1.5, 1e-6).says == "the result must be at least 2; yours is 1.5"


def test_neither_side_of_a_comparison_is_changed():
    expected, got = X.copy(), X.astype(np.float32) + 1
    compare(expected, got, 1e-4)
    np.testing.assert_array_equal(expected, X)
    np.testing.assert_array_equal(got, X.astype(np.float32) + 1)


def test_a_mistake_whose_result_came_by_chance_is_not_named():
    answers = iter([9.0, 8.0, 7.0])
    part = Part("a-b", "f", ("x",), cases=(Case("one", (3.0,), 6.0, {"squared": (9.0,)}),), messages={"squared": "Hm?"})
    assert judge(part, lambda x: x * x).mistake == "squared"
    verdict = judge(part, lambda x: next(answers))
    assert verdict.mistake == "" and verdict.findings[0].id == "differs-on-a-second-call"


def test_an_answer_that_draws_random_numbers_is_told_so():
    part = Part("a-b", "f", ("x",), cases=(Case("one", (np.ones(3),), np.ones(3)),))
    verdict = judge(part, lambda x: np.random.normal(size=3))  # noqa: NPY002
    assert verdict.findings[0].id == "differs-on-a-second-call"
