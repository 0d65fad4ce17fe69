"""Facts that need more than one array: several results, steps of a class, typed values, defaults that are left out."""

import numpy as np
import pytest

from convschool import explain, which_cases
from convschool.cases import Case, Part, Secret
from convschool.outcome import Outcome
from convschool.steps import of_steps
from convschool.verdict import judge

RNG = np.random.default_rng(3)
PLANES = [RNG.integers(-72, 73, shape) / 8 + 0.0625 for shape in ((4, 5), (5, 3), (6, 6))]


def verdict_of(cases, function, **about):
    verdict = judge(Part("a-b", "f", cases=tuple(cases), **about), function)
    assert not verdict.passed
    return verdict


def ids(verdict):
    return [one.id for one in verdict.findings]


def rolled(x, down, right):
    """`x` with its content moved by so many places, and 99 where something is missing."""
    out = np.full(x.shape, 99.0)
    high, wide = x.shape
    out[max(down, 0) : high + min(down, 0), max(right, 0) : wide + min(right, 0)] = x[
        max(-down, 0) : high + min(-down, 0), max(-right, 0) : wide + min(-right, 0)
    ]
    return out


def test_a_result_that_moved_by_another_number_of_places_in_each_case_is_seen():
    cases = [Case(f"case {n}", (x,), x + 1) for n, x in enumerate(PLANES)]
    verdict = verdict_of(cases, lambda x: rolled(x + 1, -(len(x) // 4), 1), arguments=("x",))
    assert ids(verdict)[0] == "moved"
    assert "moved 1 row up and 1 column to the right in the first case" in verdict.findings[0].sentence
    assert "1" not in verdict.findings[0].of_any_case


def test_a_result_of_which_some_is_right_has_not_moved():
    cases = [Case(f"case {n}", (x,), x + 1) for n, x in enumerate(PLANES)]
    assert "moved" not in ids(verdict_of(cases, lambda x: x + np.eye(*x.shape), arguments=("x",)))


def test_fractions_are_seen_where_everything_is_whole():
    counts = [np.array([[3.0, 1], [2, 4]]), np.array([[5.0, 2, 3]])]
    cases = [Case(f"case {n}", (x,), 2 * x) for n, x in enumerate(counts)]
    shares = verdict_of(cases, lambda x: x / (1 + np.arange(x.size).reshape(x.shape) + x), arguments=("x",))
    assert ids(shares)[0] == "fractions"
    halves = [Case("halves", (np.array([[0.5, 1]]),), np.array([[1.0, 2]]))]
    assert "fractions" not in ids(verdict_of(halves, lambda x: x * 1.3 + 0.1, arguments=("x",)))


def test_the_size_of_a_kernel_on_its_side_is_seen():
    ws = [np.ones((2, 3)), np.ones((1, 4))]
    xs = [np.ones((5, 6)), np.ones((7, 8))]
    cases = [
        Case(str(n), (x, w), np.ones(np.subtract(x.shape, w.shape) + 1))
        for n, (x, w) in enumerate(zip(xs, ws, strict=True))
    ]
    verdict = verdict_of(cases, lambda x, w: np.ones(np.subtract(x.shape, w.T.shape) + 1), arguments=("x", "w"))
    assert ids(verdict)[0] == "kernel-on-its-side"


# ----------------------------------------------------------------------------- two mistakes at once


def two_results():
    """A part whose answer returns (a, b), with a mistake known of each, and one of both."""
    cases = []
    for n in (2, 3, 5):
        x = np.arange(n) + 0.5
        right = (x.sum(), (x * x).sum())
        mistakes = {
            "mean-for-a": ((x.mean(), right[1]),),
            "b-not-squared": ((right[0], x.sum()),),
            "both-doubled": ((2 * right[0], 2 * right[1]),),
        }
        cases.append(Case(f"{n} numbers", (x,), right, mistakes))
    messages = {key: f"This is {key}." for key in cases[0].mistakes}
    return cases, {"arguments": ("x",), "results": ("a", "b"), "compares": ("a", "b"), "messages": messages}


def test_two_mistakes_are_both_named_where_each_is_seen_in_its_own_result():
    cases, about = two_results()
    verdict = verdict_of(cases, lambda x: (x.mean(), x.sum()), **about)
    assert (verdict.mistake, verdict.message, ids(verdict)) == ("mean-for-a", "This is mean-for-a.", ["b-not-squared"])
    text = explain.text(verdict)
    assert "This is mean-for-a." in text and "This is b-not-squared." in text


def test_a_mistake_is_named_beside_an_unknown_one():
    cases, about = two_results()
    verdict = verdict_of(cases, lambda x: (x.mean(), np.cos(x).sum()), **about)
    assert (verdict.mistake, ids(verdict)) == ("mean-for-a", [])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: (2 * x.sum(), np.cos(x).sum()),  # a mistake of both results, seen in one
        lambda x: (x.mean() if len(x) < 4 else x.sum() / 2, x.sum()),  # not in all cases
        lambda x: (np.cos(x).sum(), x.sum()),  # the first wrong result has no name
    ],
)
def test_a_mistake_is_not_named_by_one_result_where_another_speaks_against_it(wrong):
    cases, about = two_results()
    verdict = verdict_of(cases, wrong, **about)
    assert verdict.mistake == "" and not set(ids(verdict)) & set(about["messages"])


# -------------------------------------------------------------------------------------------- classes


class Right:
    def __init__(self, w, stride=1):
        self.w, self.stride = w, stride

    def forward(self, x):
        self.x = x
        return x[:, :: self.stride] * self.w

    def backward(self, dout):
        return dout * self.w


def steps_of(batch, *made):
    x = np.arange(batch * 4).reshape(batch, 4) + 0.5
    return (
        ("make", "layer", (np.array(2.0), *made)),
        ("call", "layer", "forward", (x,), "out"),
        ("call", "layer", "backward", (x - 3.25,), "dx"),
    )


def class_cases():
    for batch, made in ((1, ()), (2, ()), (3, (1,)), (2, (2,)), (4, (2,))):
        steps = steps_of(batch, *made)
        layer = Right(*steps[0][2])
        out = layer.forward(steps[1][3][0])
        expected = {"out": out, "dx": layer.backward(steps[2][3][0])}
        yield Case(f"batch of {batch}, made with {made}", (), expected=expected, steps=steps)


def test_a_setting_of_a_class_parts_the_cases_also_where_it_is_left_out():
    class Wrong(Right):
        def forward(self, x):
            return x[:, :: self.stride] * (self.w if self.stride == 1 else 3.1 * np.cos(x[:, :: self.stride]))

    verdict = verdict_of(class_cases(), Wrong)
    assert "3 of 5 cases pass: just those with stride 1." in [one.sentence for one in verdict.findings]


def test_a_factor_that_is_the_batch_is_named():
    class Wrong(Right):
        def backward(self, dout):
            return dout * self.w / len(dout)

    verdict = verdict_of(class_cases(), Wrong)
    assert "divided-by-batch" in ids(verdict)


def test_what_was_right_before_is_told():
    class Wrong(Right):
        def backward(self, dout):
            return np.cos(dout)

    verdict = verdict_of(class_cases(), Wrong)
    assert "What comes before it in this case is right: out." in [one.sentence for one in verdict.findings]
    assert "out" not in next(one.of_any_case for one in verdict.findings if one.id == "right-before")


def test_a_number_of_a_function_parts_the_cases_also_where_it_is_left_out():
    def wrong(x, stride=1):
        return x + (0 if stride == 1 else np.cos(x))

    cases = [Case(f"{n}", (x,), x) for n, x in enumerate(PLANES)] + [Case("stride", (PLANES[0], 2), PLANES[0])]
    verdict = verdict_of(cases, wrong, arguments=("x", "stride"))
    assert "3 of 4 cases pass: just those with stride 1." in [one.sentence for one in verdict.findings]


# --------------------------------------------------------------------------------------- typed values


@pytest.mark.parametrize(
    ("due", "typed", "id"),
    [
        (9, "9", "text-for-a-number"),
        (9, 9.5, "fraction-for-a-whole-number"),
        (9, (9, 9), "several-for-one-number"),
        ((4, 5, 6), (4, 5), "other-number-of-numbers"),
        ((4, 5, 6), 4, "one-number-for-several"),
        ((4, 5, 6), "4, 5, 6", "text-for-a-number"),
        ("c", "dead relu", "word-for-a-letter"),
        ("c", 3, "number-for-a-text"),
        ("columns", 3, "number-for-a-text"),
        (9, 7, ""),
        ("c", "d", ""),
        ((4, 5, 6), (1, 2, 3), ""),
    ],
)
def test_a_value_of_another_form_is_told_so_and_a_wrong_one_nothing_of_the_notebook(due, typed, id):
    subject = eval("lambda: my_value", {"my_value": typed})
    verdict = verdict_of([Case("the value of my_value", (), expected=Secret.of(due))], subject)
    assert ids(verdict) == [id] * bool(id)


def test_a_number_with_decimals_may_be_typed_as_a_whole_one():
    cases = [Case("a value", (), expected=Secret.of(0.25, 2))]
    assert ids(verdict_of(cases, eval("lambda: my_value", {"my_value": 1}))) == []


# ---------------------------------------------------------------------------------------------- chance


def test_a_draw_of_its_own_is_no_known_mistake_even_where_it_gives_its_number():
    def answer(x):
        return int(np.random.random() < 0.9)  # noqa: NPY002

    def case(n):
        return Case(f"{n}", (n,), 0, {"always-one": (1,)})

    part = Part("a-b", "f", ("x",), cases=tuple(map(case, range(9))), messages={"always-one": "You always give 1."})
    assert judge(part, lambda x: 1).mistake == "always-one"
    assert judge(part, answer).mistake == ""
    assert ids(judge(part, answer))[0] == "differs-on-a-second-call"


# --------------------------------------------------------------------------------- steps in place


class Descent:
    """p -= lr * g, with what is changed about it."""

    def __init__(self, model, lr, change=lambda step: step):
        self.model, self.lr, self.change = model, lr, change

    def step(self):
        for name, array in self.model.params.items():
            array -= self.change(self.lr * self.model.grads[name])


def descent_cases():
    for lr in (0.5, 0.25):
        w, g = np.array([1.0, -2.0, 3.0]), np.array([4.0, 1.0, -3.0])
        steps = (
            ("given", "model", "Model", ({"w": w.copy()}, {"w": g})),
            ("make", "opt", ({"ref": "model"}, lr)),
            ("do", "opt", "step", ()),
            ("read", "model", ("params", "w"), "w after 1 step"),
        )
        yield Case(f"lr {lr}", (), {"w after 1 step": w - lr * g}, steps=steps)


@pytest.mark.parametrize(
    ("change", "id"),
    [
        (lambda step: 0 * step, "unchanged"),
        (lambda step: -step, "step-sign"),
        (lambda step: 3 * step, "step-times-a-constant"),
        (lambda step: step * np.abs(step).max(), "step-factor-per-case"),
    ],
)
def test_a_step_in_place_is_compared_with_the_one_that_is_due(change, id):
    verdict = verdict_of(descent_cases(), lambda model, lr: Descent(model, lr, change))
    assert ids(verdict)[0] == id


def test_a_step_along_another_line_is_not_measured():
    verdict = verdict_of(descent_cases(), lambda model, lr: Descent(model, lr, lambda step: step**2 + 1))
    assert not {one for one in ids(verdict) if one.startswith("step")}


# --------------------------------------------------------------------------------- typed values


@pytest.mark.parametrize(
    ("expected", "decimals", "typed", "id"),
    [
        ((3, 5, 8), None, (5, 8, 3), "value-in-another-order"),
        (-7, None, 7, "value-with-another-sign"),
        (0.125, 3, 12.5, "percent-for-a-number"),
        (4.0, 1, 0.25, "value-upside-down"),
        (0.128, 3, 0.13, "too-few-decimals"),
        (1216, None, 1200, None),
        (1216, None, 1215, "value-off-by-one"),
        (1216, None, 76, "factor-missing"),
        (76, None, 1216, "factor-too-many"),
        ((3, 2, -3), None, (3, 2, -2), "some-numbers-right"),
        ((1.5, 2.25), 2, (2.25, 1.5), "value-in-another-order"),
        ((1.5, 2.25), 2, (2.0, 1.0), None),
    ],
)
def test_what_a_typed_value_is_off_by_is_told(expected, decimals, typed, id):
    case = Case("the value of n", (), Secret.of(expected, decimals))
    assert ids(verdict_of([case], lambda: typed)) == [id] * (id is not None)


def test_no_typed_value_is_told_which_number_is_right():
    expected = (1216, 87, 431)
    case = Case("the value of n", (), Secret.of(expected))
    for typed in ((1216, 87, 430), (87, 1216, 431), (1, 2, 3), (608, 87, 431)):
        text = explain.text(verdict_of([case], lambda typed=typed: typed))
        assert not any(str(number) in text for number in expected)


# --------------------------------------------------------------------------------- which cases pass


@pytest.mark.parametrize(
    ("names", "cases", "holds", "words"),
    [
        (("layers",), [([(3, 1, 0)],), ([(2, 2, 1)],), ([(3, 1, 0), (2, 2, 1)],), ([(3, 1, 1), (3, 1, 0)],)],
         lambda layers: len(layers) == 1, "one layer"),
        (("layers",), [([(3, 1, 0)],), ([(2, 2, 1)],), ([(3, 2, 0), (2, 2, 1)],), ([(3, 1, 1), (3, 1, 0)],)],
         lambda layers: all(s == 1 for _, s, _ in layers), "stride 1 in every layer"),
        (("x", "size"), [(np.ones((6, 2)), 2), (np.ones((5, 2)), 2), (np.ones((6, 2)), 4), (np.ones((4, 2)), 1)],
         lambda x, size: len(x) % size == 0, "a batch size that divides the number of examples"),
        (("n", "k", "stride"), [(7, 3, 2), (8, 3, 2), (9, 2, 3), (8, 2, 3)],
         lambda n, k, stride: (n - k) % stride == 0, "a stride that divides"),
        (("a",), [(np.array([1.0, 2, 3]),), (np.array([1.0, 2, 2]),), (np.array([4.0, 2]),), (np.array([5.0, 5]),)],
         lambda a: len(set(a)) == len(a), "no two equal numbers in `a`"),
    ],
)  # fmt: skip
def test_what_the_cases_that_pass_have_in_common_is_told(names, cases, holds, words):
    right = lambda *args: 10 + 3 * len(str(args))
    wrong = lambda *args: right(*args) if holds(*args) else -(right(*args) ** 2) % 97 + len(str(args)) / 2
    judged = [Case(str(n), args, float(right(*args))) for n, args in enumerate(cases)]
    verdict = verdict_of(judged, wrong, arguments=names)
    assert any(f"with {words}." in one.sentence for one in verdict.findings), verdict.findings


def test_the_arguments_of_a_function_that_is_applied_are_known():
    steps = (("given", "model", "Model", ({}, {})), ("apply", ({"ref": "model"}, np.ones((6, 2)), 4), "loss"))
    assert of_steps(steps, {"model": None, "x": None, "size": 1}).keys() == {"model", "x", "size", "batch"}


# --------------------------------------------------------------------------------- sizes and classes


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (lambda n, k, s: n - k + 1, "as if the stride were 1"),
        (lambda n, k, s: -((k - n) // s) + 1, "as if sizes were rounded up"),
        (lambda n, k, s: (n - k) // k + 1, "as if windows were side by side"),
        (lambda n, k, s: n, "the input's own"),
    ],
)
def test_the_formula_that_gives_a_wrong_size_is_told(size, words):
    cases = []
    for high, wide, stride in ((8, 11, 2), (9, 13, 4)):
        right = np.ones((2, 1, (high - 3) // stride + 1, (wide - 3) // stride + 1))
        cases.append(Case(f"stride {stride}", (np.ones((2, 1, high, wide)), 3, stride), right))
    wrong = lambda x, k, s: np.ones((2, 1, *(size(n, k, s) for n in x.shape[2:])))
    verdict = verdict_of(cases, wrong, arguments=("x", "kernel_size", "stride"))
    assert ids(verdict)[0] == "size-of-another-formula" and words in verdict.findings[0].sentence


class Shared(Right):
    seen = []

    def forward(self, x):
        self.seen.append(x)
        return super().forward(self.seen[0])


class Above(Right):
    def __init__(self, w, stride=1):
        self.w = w


class Forgets(Right):
    def backward(self, dout):
        super().backward(dout)


@pytest.mark.parametrize(
    ("made", "id"),
    [(Shared, "shared-by-all-objects"), (Above, "start-of-the-class-above"), (Forgets, "returned-nothing")],
)
def test_what_a_class_leaves_out_is_told(made, id):
    assert ids(verdict_of(class_cases(), made))[0] == id


class UnderAnotherName(Right):
    pass


Base = Right  # as the notebook calls it


class CallsByAnotherName(Base):
    def __init__(self, w, stride=1):
        Base.__init__(self, w, stride)
        self.w = 2 * w


def test_a_start_that_is_called_by_another_name_is_not_left_out():
    assert "start-of-the-class-above" not in ids(verdict_of(class_cases(), CallsByAnotherName))


@pytest.mark.parametrize(
    ("grads", "words"), [({"dw": 1}, "has no key 'w': its keys are 'dw'"), ({}, "has no key 'w': it is empty")]
)
def test_a_key_that_is_missing_is_told_with_those_that_are_there(grads, words):
    class Kept:
        def __init__(self):
            self.grads = dict(grads)

    steps = (("make", "layer", ()), ("read", "layer", ("grads", "w"), "dw"))
    verdict = verdict_of([Case("one", (), {"dw": 1.0}, steps=steps)], Kept)
    assert verdict.failure.kind == "type" and words in verdict.failure.says and ids(verdict)[0] == "key-missing"


def test_an_answer_behind_a_report_of_the_lesson_is_read():
    names = {"np": np}
    exec("def f(x, y):\n    return x\n\n\ndef f_report(x):\n    return f(x, 2) + 1", names)
    cases = [Case(str(n), (x,), x + 3) for n, x in enumerate(PLANES)]
    assert "never-reads" in ids(verdict_of(cases, names["f_report"], arguments=("x",)))


def test_steps_of_as_strided_that_know_no_bytes_are_told():
    cases = [Case(str(n), (x,), x[:, :2]) for n, x in enumerate(PLANES)]
    as_strided = np.lib.stride_tricks.as_strided
    names = {"as_strided": as_strided, "np": np}
    exec("def wrong(x):\n    return 0 * as_strided(x, (len(x), 2), (x.shape[1], 1))", names)
    exec("def known(x):\n    return 1 + as_strided(x, (len(x), 2), x.strides)", names)
    assert "steps-not-in-bytes" in ids(verdict_of(cases, names["wrong"], arguments=("x",)))
    assert "steps-not-in-bytes" not in ids(verdict_of(cases, names["known"], arguments=("x",)))


def test_yes_and_no_are_told_as_such():
    verdict = verdict_of([Case("one", (1,), {"same": True})], lambda n: {"same": n > 2}, compares=("same",))
    assert verdict.failure.says == "same is False, expected True"


def test_one_channel_is_read_off_the_shape_that_is_given():
    shapes = [(1, 2, 2, 4), (2, 3, 4, 6), (3, 1, 4, 4), (2, 1, 3, 6)]
    cases = [Outcome({"x_shape": shape}, "C", shape[1] == 1) for shape in shapes]
    assert any("with one channel." in one.sentence for one in which_cases.facts(cases, alone=True))


def test_one_number_is_due_and_an_array_comes():
    cases = [Case(str(n), (x,), float(x.sum())) for n, x in enumerate(PLANES)]
    assert ids(verdict_of(cases, lambda x: x, arguments=("x",)))[0] == "array-for-a-number"
    counts = [Case(str(n), (n,), n) for n in (5, 7)]
    assert ids(verdict_of(counts, lambda n: [2, n - 2], arguments=("n",)))[0] == "array-for-a-number"
    cases = [Case(str(n), (x,), x) for n, x in enumerate(PLANES)]
    verdict = verdict_of(cases, lambda x: x.sum(), arguments=("x",))
    assert ids(verdict)[0] == "axes-too-few" and "one number, and an array is due" in verdict.findings[0].sentence


def test_columns_of_the_first_image_alone_are_too_few_images():
    xs = [RNG.normal(size=(n, 2, 3, 4)) for n in (2, 3)]
    cases = [Case(str(n), (x,), x.reshape(len(x), 2, 12)) for n, x in enumerate(xs)]
    assert ids(verdict_of(cases, lambda x: x[:1].reshape(1, 2, 12), arguments=("x",)))[0] == "number-of-images"


@pytest.mark.parametrize(
    ("due", "decimals", "typed", "id", "words"),
    [
        ("d", None, ["d"], "number-for-a-text", "without the brackets"),
        ((1, 2, 3, 4), None, ([1, 2], [3, 4]), "other-number-of-numbers", "you typed 4 in 2 groups"),
        ((5, 2, 9), None, (6, 3, 10), "numbers-off-by-one", "off by 1"),
        (0.592, 3, 59.0, "percent-for-a-number", "in percent, and rounded"),
    ],
)
def test_the_form_of_a_typed_value_is_told(due, decimals, typed, id, words):
    verdict = verdict_of([Case("the value", (), Secret.of(due, decimals))], lambda: typed)
    assert ids(verdict)[0] == id and words in verdict.findings[0].sentence


def test_a_fraction_is_not_told_to_be_a_whole_float():
    cases = [Case(str(n), (n,), n) for n in (2, 4)]
    for wrong, words in ((lambda n: n / 1, "also where they are whole"), (lambda n: n + 0.5, "has a fraction")):
        verdict = verdict_of(cases, wrong, arguments=("n",))
        assert ids(verdict)[0] == "float-for-an-int-result" and words in verdict.findings[0].sentence


def test_a_shape_with_more_axes_in_one_case_than_in_the_others_is_judged():
    xs = [np.ones((2, 3)), np.ones((2, 3, 4)), np.ones(5)]
    cases = [Case(str(n), (x,), x + 1) for n, x in enumerate(xs)]
    assert ids(verdict_of(cases, lambda x: np.concatenate([x, x], axis=-1), arguments=("x",)))


def test_a_mistake_that_is_right_where_the_answer_fails_is_not_named():
    xs = [np.array([1.0, 2]), np.array([3.0, 5]), np.array([7.0, 7])]
    cases = [Case(str(n), (x,), x + 1, {} if n == 2 else {"doubled": (2 * x,)}) for n, x in enumerate(xs)]
    about = {"arguments": ("x",), "messages": {"doubled": "You double it."}}
    assert verdict_of(cases, lambda x: 2 * x if x[0] < 7 else x + 1, **about).mistake == "doubled"
    assert verdict_of(cases, lambda x: 2 * x if x[0] < 7 else x - 9, **about).mistake == ""
    raises = [cases[0], cases[1], Case("2", (xs[2],), xs[2] + 1, {"doubled": ()})]  # the mistake raises there
    assert verdict_of(raises, lambda x: 2 * x if x[0] < 7 else x - 9, **about).mistake == "doubled"
