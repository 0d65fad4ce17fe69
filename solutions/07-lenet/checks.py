"""What the marked cells of lesson 07 check.

Networks, generators and trainings cannot stand in a case. So `LeNet5`, `train`, `split` and `fit` are checked through
functions in locked cells that take numbers and report numbers: `lenet5_report`, `train_report`, `split_report` and
`fit_report`. Here are their twins, over `reference`. Parameters are recognised by their shapes and filled in place with
numbers of ours, so that no name of an array and no order of drawing counts.
"""

from collections.abc import Callable, Iterable

import numpy as np

import reference
from grading.lesson.draw import nonzero, size
from grading.lesson.exercise import AtLeast, AtMost, Call, Debug, Exercise, PartOf, Prediction, Value

Rng = np.random.Generator
LESSON = 7


def part(
    name: str,
    points: float,
    cases: Callable[[Rng, bool], Iterable[Call]],
    seed: int,
    compares: tuple = (),
    in_sandbox: bool = False,
) -> PartOf:
    """A part from one function: ``cases(rng, hidden)`` gives the visible cases, and hidden ones of the same kinds."""
    rng = np.random.default_rng([LESSON, seed])
    visible = list(cases(rng, False))
    return PartOf(
        name, visible, lambda rng: list(cases(rng, True)), compares=compares, points=points, in_sandbox=in_sandbox
    )


def pick(rng: Rng, hidden: bool, shown: tuple[int, ...], *ranges: tuple[int, int]) -> tuple[int, ...]:
    """The numbers of a visible case, or others of the same kind: one from each range."""
    return tuple(size(rng, *one) for one in ranges) if hidden else shown


SEEDS = (100, 100_000)

# ------------------------------------------------------------------------------------- LeNet5

ARRAYS = {
    "c1_w": (6, 1, 5, 5),
    "c1_b": (6,),
    "c3_w": (16, 6, 5, 5),
    "c3_b": (16,),
    "c5_w": (120, 400),
    "c5_b": (120,),
    "f6_w": (84, 120),
    "f6_b": (84,),
    "output_w": (10, 84),
    "output_b": (10,),
}


FAN_IN = "A spread is counted in multiples of sqrt(2 / fan_in). How many inputs is one output of each layer a sum of?"


def fill(params, seed):
    for array in params.values():
        numbers = np.random.default_rng([seed, *array.shape])
        spread = np.sqrt(2 / np.prod(array.shape[1:])) if array.ndim > 1 else 0.1
        array[...] = numbers.normal(0, spread, array.shape)


def right_lenet5_report(what: str, n: int, seed: int) -> dict:
    if what == "start":
        return {
            "smallest_spread": AtLeast(0.75, f"The weights of one layer start too near 0. {FAN_IN}"),
            "largest_spread": AtMost(1.25, f"The weights of one layer start too far from 0. {FAN_IN}"),
            "largest_bias": AtMost(0.0, "Every bias starts at 0"),
            "same_seed_same_net": True,
            "other_seed_same_net": False,
        }
    model = reference.LeNet5(dtype=np.float64, rng=seed)
    rng = np.random.default_rng(seed)
    x, y = rng.random((n, 1, 28, 28)), rng.integers(0, 10, n)
    if what == "sizes":
        return {
            "shape_of_scores": tuple(model.forward(x).shape),
            "shape_of_dx": tuple(x.shape),
            "arrays": sorted(array.size for array in model.params.values()),
            "parameters": sum(array.size for array in model.params.values()),
        }
    fill(model.params, seed)
    if what == "scores":
        return {"scores": model.forward(x)}
    if what == "gradients":
        scores = model.forward(x)
        dx = model.backward(rng.normal(size=scores.shape))
        report = {"dx": dx.sum(axis=(1, 3))}
        by_shape = {grad.shape: grad for grad in model.grads.values()}
        for name, shape in ARRAYS.items():
            signs = np.random.default_rng([seed, *shape]).choice([-1.0, 1.0], shape)
            grad = by_shape[shape]
            report[name] = np.array([np.sum(grad * signs), np.linalg.norm(grad)])
        return report
    losses = []
    for _ in range(4):
        loss, dscores = reference.softmax_cross_entropy(model.forward(x), y)
        losses.append(float(loss))
        model.backward(dscores)
        for name, grad in model.grads.items():
            model.params[name] -= 0.05 * grad
    return {"losses": losses}


def lenet5_cases(what: str, *cases: tuple[str, int, tuple[int, int]]):
    """Cases of one kind: in words, images in the visible case, and the least and most of a hidden one."""

    def draw(rng: Rng, hidden: bool):
        for about, shown, between in cases:
            (n,) = pick(rng, hidden, (shown,), between)
            yield Call(about, (what, n, size(rng, *SEEDS)))

    return draw


LENET5 = Exercise(
    "lenet5",
    "LeNet5",
    ("what", "n", "seed"),
    oracle=right_lenet5_report,
    subject="lenet5_report",
    parts=[
        part(
            "sizes", 5, lenet5_cases("sizes", ("one image", 1, (1, 1)), ("three images", 3, (2, 4))), 1,
            ("shape_of_scores", "shape_of_dx", "arrays", "parameters"),
        ),
        part(
            "scores", 6, lenet5_cases("scores", ("one image", 1, (1, 1)), ("three images", 3, (2, 4))), 2, ("scores",),
            in_sandbox=True,
        ),
        part(
            "gradients", 6, lenet5_cases("gradients", ("one image", 1, (1, 1)), ("two images", 2, (2, 4))), 3,
            ("dx", *ARRAYS), in_sandbox=True,
        ),
        part(
            "start", 5, lenet5_cases("start", ("a fresh network", 1, (1, 1)), ("another one", 1, (1, 1))), 4,
            ("smallest_spread", "largest_spread", "largest_bias", "same_seed_same_net", "other_seed_same_net"),
        ),
        part(
            "steps", 4, lenet5_cases("steps", ("four steps on eight images", 8, (6, 10))), 5, ("losses",),
            in_sandbox=True,
        ),
    ],
)  # fmt: skip

# ------------------------------------------------------------------------------------- train


class Watched:
    """The tiny model of the lesson: scores = x * w, and a diary."""

    def __init__(self, diary):
        self.diary = diary
        self.params, self.grads = {"w": np.array([2.0, -1.0, 0.5])}, {}

    def forward(self, x):
        self.x = x
        self.diary.append(("forward", x[:, 0]))
        return x * self.params["w"]

    def backward(self, dout):
        self.diary.append(("backward", None))
        self.grads = {"w": (dout * self.x).sum(axis=0)}
        return dout * self.params["w"]


class Step:
    def __init__(self, model, diary):
        self.model, self.diary = model, diary

    def step(self):
        self.diary.append(("step", None))
        for name, grad in self.model.grads.items():
            self.model.params[name] -= 0.5 * grad


def right_train(model, optimizer, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            chosen = order[start : start + batch_size]
            loss, dscores = reference.softmax_cross_entropy(model.forward(x[chosen]), y[chosen])
            model.backward(dscores)
            optimizer.step()
            losses.append(float(loss))
    return losses


def right_train_report(n: int, epochs: int, batch_size: int, seed: int) -> dict:
    numbers = np.random.default_rng([seed, 1])
    x = np.stack([numbers.permutation(n), *numbers.integers(-8, 9, (2, n))], axis=1) / 8
    y = numbers.integers(0, 3, n)
    place = {value: row for row, value in enumerate(x[:, 0])}
    diary: list = []
    model = Watched(diary)
    losses = right_train(model, Step(model, diary), x, y, epochs, batch_size, np.random.default_rng(seed))
    seen = [values for word, values in diary if word == "forward"]
    return {
        "rows": [place[value] for values in seen for value in values],
        "batch_sizes": [len(values) for values in seen],
        "losses": losses,
        "backwards": sum(word == "backward" for word, _ in diary),
        "steps": sum(word == "step" for word, _ in diary),
        "w": model.params["w"],
        "data_as_before": True,
    }


def train_cases(kind: str):
    """`kind` is "even", where the batches come out even, or "rest", where the last one is short."""

    def draw(rng: Rng, hidden: bool):
        if kind == "even":
            batch, count, epochs = pick(rng, hidden, (2, 3, 1), (2, 3), (3, 5), (1, 1))
            yield Call(
                f"{batch * count} rows, batches of {batch}, one epoch",
                (batch * count, epochs, batch, size(rng, *SEEDS)),
            )
            batch, count, epochs = pick(rng, hidden, (4, 3, 3), (3, 5), (2, 4), (2, 4))
            yield Call(
                f"{batch * count} rows, batches of {batch}, {epochs} epochs",
                (batch * count, epochs, batch, size(rng, *SEEDS)),
            )
            (n,) = pick(rng, hidden, (7,), (6, 9))
            yield Call(f"{n} rows, all in one batch, 2 epochs", (n, 2, n, size(rng, *SEEDS)))
            (n,) = pick(rng, hidden, (5,), (4, 7))
            yield Call(f"{n} rows, batches of 1, 2 epochs", (n, 2, 1, size(rng, *SEEDS)))
        else:
            batch, count, rest, epochs = pick(rng, hidden, (3, 2, 1, 2), (3, 4), (2, 3), (1, 2), (2, 3))
            n = batch * count + rest
            yield Call(f"{n} rows, batches of {batch}, {epochs} epochs", (n, epochs, batch, size(rng, *SEEDS)))
            n, batch = pick(rng, hidden, (5, 8), (4, 6), (8, 12))
            yield Call(f"{n} rows, batches of {batch}, 2 epochs", (n, 2, batch, size(rng, *SEEDS)))

    return draw


EVERYTHING = ("rows", "batch_sizes", "losses", "backwards", "steps", "w", "data_as_before")
TRAIN = Exercise(
    "train",
    "train",
    ("n", "epochs", "batch_size", "seed"),
    oracle=right_train_report,
    subject="train_report",
    parts=[
        part("order", 6, train_cases("even"), 11, ("rows", "batch_sizes", "data_as_before"), in_sandbox=True),
        part("steps", 5, train_cases("even"), 12, ("backwards", "steps", "w"), in_sandbox=True),
        part("losses", 5, train_cases("even"), 13, ("losses",), in_sandbox=True),
        part("rest", 4, train_cases("rest"), 14, EVERYTHING, in_sandbox=True),
    ],
)

# ------------------------------------------------------------------------------------- fit

READS, READS_WELL = 0.50, 0.70
LEARNS_LITTLE = "Does the loss fall from epoch to epoch, and does each epoch see every image once?"


def right_fit_report(what: str, first: int, count: int, epochs: int, seed: int) -> dict:
    if what == "digits seen":
        return {"digits_seen": count * epochs}
    return {"accuracy": AtLeast(READS if count < 300 else READS_WELL, LEARNS_LITTLE)}


def fit_cases(count: int, epochs: int):
    def draw(rng: Rng, hidden: bool):
        (first,) = pick(rng, hidden, (0,), (1000, 3000))
        yield Call(
            f"trained on {count} digits for {epochs} epochs, tested on 500 others",
            ("accuracy", first, count, epochs, size(rng, *SEEDS)),
        )

    return draw


def epochs_cases(rng: Rng, hidden: bool):
    count, epochs = pick(rng, hidden, (40, 3), (30, 60), (4, 5))
    about = f"{count} digits, {epochs} epochs: how many digits go backward"
    yield Call(about, ("digits seen", 0, count, epochs, size(rng, *SEEDS)))
    count, epochs = pick(rng, hidden, (50, 1), (30, 60), (1, 1))
    yield Call(f"{count} digits, one epoch", ("digits seen", 0, count, epochs, size(rng, *SEEDS)))


FIT = Exercise(
    "fit-digits",
    "fit",
    ("what", "first", "count", "epochs", "seed"),
    oracle=right_fit_report,
    subject="fit_report",
    measured=True,
    parts=[
        part("learns", 4, fit_cases(150, 6), 21),
        part("reads", 5, fit_cases(300, 6), 22),
        part("epochs", 1, epochs_cases, 23, in_sandbox=True),
    ],
)

# ------------------------------------------------------------------------------------- the leak


def right_split_report(n: int, held_out: int, seed: int) -> dict:
    return {
        "training": n - held_out,
        "held_out": held_out,
        "rows_in_both": 0,
        "rows_in_none": 0,
        "mixed": True,
        "same_seed_same_split": True,
        "other_seed_same_split": False,
    }


def split_cases(rng: Rng, hidden: bool):
    # so many rows that chance does not hold out the first ones or the last ones: 1 in 10 million
    n, held = pick(rng, hidden, (40, 10), (36, 44), (8, 12))
    yield Call(f"{n} examples, {held} held out", (n, held, size(rng, *SEEDS)))
    n, held = pick(rng, hidden, (50, 30), (40, 60), (21, 30))
    yield Call(f"{n} examples, {held} held out", (n, held, size(rng, *SEEDS)))


LEAK_MEND = Exercise(
    "leak-mend",
    "split",
    ("n", "held_out", "seed"),
    oracle=right_split_report,
    subject="split_report",
    parts=[
        part("apart", 4, split_cases, 31, ("training", "held_out", "rows_in_both", "rows_in_none")),
        part("drawn", 2, split_cases, 32, ("mixed", "same_seed_same_split", "other_seed_same_split")),
    ],
)

# ------------------------------------------------------------------------------------- errors


def right_confusion_matrix(y, predicted, classes):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (y, predicted), 1)
    return counts


def confusion_cases(rng: Rng, hidden: bool):
    if hidden:
        n, classes = size(rng, 8, 12), size(rng, 3, 4)
        y, predicted = rng.integers(0, classes, n), rng.integers(0, classes, n)
        # a pair that comes twice, and one whose mirror image does not come
        y[:3], predicted[:3], y[3:] = 1, 2, np.where(predicted[3:] == 1, 1, y[3:])
        y[0], predicted[0] = classes - 1, 0
    else:
        y, predicted, classes = np.array([0, 1, 1, 2, 1, 0]), np.array([0, 2, 1, 2, 2, 0]), 3
    yield Call(f"{len(y)} digits of {classes} classes", (y, predicted, classes))
    n, classes = pick(rng, hidden, (40, 5), (30, 60), (5, 6))
    y = rng.integers(0, classes, n)
    yield Call(
        f"{n} digits of {classes} classes",
        (y, np.where(rng.random(n) < 0.6, y, (y * y + 1) % classes), classes),
    )


def absent_cases(rng: Rng, hidden: bool):
    n, classes = pick(rng, hidden, (6, 5), (5, 9), (5, 7))
    y = rng.integers(0, 2, n)
    y[:2] = 1
    predicted = np.where(rng.random(n) < 0.5, y, 2)
    yield Call(f"{n} digits; {classes} classes, and some of them never occur", (y, predicted, classes))
    yield Call("one digit, 4 classes", (np.array([1]), np.array([3]), 4))


CONFUSION = Exercise(
    "confusion-matrix",
    "confusion_matrix",
    ("y", "predicted", "classes"),
    oracle=right_confusion_matrix,
    parts=[part("counts", 4, confusion_cases, 41), part("absent", 2, absent_cases, 42)],
)

# ------------------------------------------------------------------------------------- what a channel likes


def right_most_liked(model, x, channel, steps, step_size):
    x = np.array(x)
    for _ in range(steps):
        out = model.forward(x)
        dout = np.zeros_like(out)
        dout[:, channel] = 1
        dx = model.backward(dout)
        length = np.linalg.norm(dx)
        if length > 0:
            x = np.clip(x + step_size * dx / length, 0, 1)
    return x


class Bent:
    def __init__(self, w, power):
        self.w, self.power = w, power

    def forward(self, x):
        self.x = np.array(x)
        return self.w * self.x**self.power

    def backward(self, dout):
        return dout * self.w * self.power * self.x ** (self.power - 1)


def right_climb_report(w, power, x, channel, steps, step_size):
    return right_most_liked(Bent(w, power), x, channel, steps, step_size)


def liked(
    about: str,
    rng: Rng,
    power: int,
    shape: tuple[int, ...],
    channel: int,
    steps: int,
    step: float,
    slope: float = 1.0,
) -> Call:
    """A climb: with power 1 the slope is the same everywhere, with 3 it is another one after each step."""
    w = nonzero(rng, shape, 2.0)
    w[0, channel].flat[:2] = 1.5, -0.5  # up and down
    return Call(about, (w * slope, power, rng.integers(1, 8, shape) / 8, channel, steps, step))


def one_step(rng: Rng, hidden: bool):
    h, w = pick(rng, hidden, (2, 2), (2, 2), (2, 3))
    yield liked("one step, one channel", rng, 1, (1, 1, h, w), 0, 1, 0.125)
    c, h, w = pick(rng, hidden, (3, 2, 4), (2, 4), (2, 3), (4, 5))
    yield liked(f"one step, channel 1 of {c}", rng, 1, (1, c, h, w), 1, 1, 0.25)
    c, h, w = pick(rng, hidden, (2, 3, 5), (2, 3), (3, 4), (5, 6))
    yield liked("one long step, which reaches the limits", rng, 1, (1, c, h, w), c - 1, 1, 4.0)


def many_steps(rng: Rng, hidden: bool):
    c, h, w, steps = pick(rng, hidden, (2, 2, 3, 3), (2, 3), (2, 3), (3, 4), (3, 5))
    yield liked(f"{steps} steps, the slope changes on the way", rng, 3, (1, c, h, w), c - 1, steps, 0.25)
    c, h, w, steps = pick(rng, hidden, (1, 3, 4, 6), (1, 2), (3, 4), (4, 5), (5, 8))
    yield liked(f"{steps} long steps", rng, 3, (1, c, h, w), 0, steps, 0.75)
    c, h, w = pick(rng, hidden, (2, 2, 3), (2, 3), (2, 2), (3, 4))
    yield liked("2 steps where the channel is nearly flat", rng, 3, (1, c, h, w), 1, 2, 0.25, slope=1 / 64)


def no_slope(rng: Rng, hidden: bool):
    c, h, w = pick(rng, hidden, (3, 3, 2), (3, 4), (3, 4), (2, 3))
    still = nonzero(rng, (1, c, h, w), 2.0)
    still[0, 1] = 0
    x = rng.integers(1, 8, (1, c, h, w)) / 8
    yield Call("a channel that nothing moves", (still, 1, x, 1, 3, 0.5))


LIKED = Exercise(
    "most-liked",
    "most_liked",
    ("w", "power", "x", "channel", "steps", "step_size"),
    oracle=right_climb_report,
    subject="climb_report",
    parts=[
        part("step", 4, one_step, 51, in_sandbox=True),
        part("climb", 2, many_steps, 52, in_sandbox=True),
        part("flat", 2, no_slope, 53, in_sandbox=True),
    ],
)

EXERCISES = [
    Value("hand-row", "hand_row", (2, 1, -3), 2, says_not_yet="the first row of the second map"),
    Value("hand-pooled", "hand_pooled", (4, 5, 4, 5, 3, 3, 3, 3), 4, says_not_yet="the eight pooled numbers"),
    Value("hand-scores", "hand_scores", (0.0, 2.5, 2.0), 3, decimals=3, says_not_yet="the three scores"),
    Value(
        "hand-probability", "hand_probability", 0.592, 3, decimals=3,
        says_not_yet="the probability of the class with the largest score",
    ),
    Value(
        "c3-table", "c3_counts", (60, 1516), 4,
        says_not_yet="connections in the table, and weights and biases that they need",
    ),
    Prediction("my-loss", "my_loss"),
    LENET5,
    TRAIN,
    FIT,
    Debug("leak-case", "failing_case_leak", buggy="in_both_buggy", truth="in_both_wanted", points=2),
    LEAK_MEND,
    CONFUSION,
    LIKED,
    Exercise("c3-partial", "PartialConv2d"),  # optional: no marks
]  # fmt: skip
