"""What the marked cells of lesson 08 check.

Counts and sums of shared weights are exact. Softmax is not, so its results are rounded when they are frozen, and darts
of `sample_choice` keep away from the ends of the options, where the last digit would decide.
"""

import math

import numpy as np

import reference
from grading.lesson.draw import distinct, eighths, nonzero, size
from grading.lesson.exercise import Call, Debug, Exercise, PartOf, Value, call, do, given, make, read, ref
from reference.architecture_search import MovingAverage

Rng = np.random.Generator
LESSON = 8


def part(name: str, points: float, cases, seed: int) -> PartOf:
    """A part from one function: ``cases(rng, hidden)`` gives the visible cases, and hidden ones of the same kinds."""
    rng = np.random.default_rng([LESSON, seed])
    return PartOf(name, list(cases(rng, False)), lambda rng: list(cases(rng, True)), points=points)


# ------------------------------------------------------------------------------------------ counts


def right_counts(input_shape, out_channels, kernel_size):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    _, height, width = input_shape
    outputs = out_channels, height - kh + 1, width - kw + 1
    return (
        reference.fully_connected_weights(input_shape, outputs),
        reference.locally_connected_weights(input_shape, out_channels, kernel_size),
        reference.convolutional_weights(input_shape, out_channels, kernel_size),
    )


def counted(channels: int, height: int, width: int, maps: int, kernel) -> Call:
    about = f"{channels} channel{'s' * (channels > 1)} of {height}x{width}, {maps} map{'s' * (maps > 1)}"
    kernel_words = "x".join(map(str, kernel)) if isinstance(kernel, tuple) else f"{kernel}"
    return Call(f"{about}, kernel {kernel_words}", ((channels, height, width), maps, kernel))


def plain_counts(rng: Rng, hidden: bool):
    if not hidden:
        yield counted(1, 4, 4, 1, 2)
        yield counted(1, 9, 9, 1, 3)
        yield counted(1, 6, 6, 1, 1)
        yield counted(1, 5, 5, 1, 5)
        yield counted(1, 1000, 1000, 1, 3)
        return
    for _ in range(3):
        side = size(rng, 7, 40)
        yield counted(1, side, side, 1, size(rng, 2, 6))
    side = size(rng, 8, 20)
    yield counted(1, side, side, 1, 1)
    side = size(rng, 3, 6)
    yield counted(1, side, side, 1, side)
    side = size(rng, 1000, 2000)
    yield counted(1, side, side, 1, size(rng, 3, 9))


def channel_counts(rng: Rng, hidden: bool):
    if not hidden:
        yield counted(2, 4, 4, 3, 2)
        yield counted(3, 8, 8, 3, 3)
        yield counted(5, 7, 7, 1, 4)
        yield counted(1, 28, 28, 8, 5)
        yield counted(64, 500, 500, 256, 3)
        return
    for _ in range(3):
        side = size(rng, 6, 30)
        yield counted(size(rng, 2, 6), side, side, size(rng, 7, 12), size(rng, 2, 5))
    yield counted(size(rng, 4, 9), 12, 12, 1, 3)
    yield counted(1, 12, 12, size(rng, 4, 9), 3)
    yield counted(size(rng, 40, 90), 600, 600, size(rng, 100, 300), 5)


def rectangular_counts(rng: Rng, hidden: bool):
    if not hidden:
        yield counted(2, 5, 6, 3, (2, 3))
        yield counted(3, 10, 7, 4, (5, 2))
        yield counted(1, 6, 6, 2, (1, 4))
        yield counted(2, 9, 5, 2, (3, 3))
        yield counted(2, 7, 11, 5, 3)
        return
    for _ in range(4):
        kh, kw = size(rng, 2, 4), size(rng, 5, 7)
        shape = size(rng, 2, 4), size(rng, 8, 12), size(rng, 13, 20)
        kernel = (kh, kw) if rng.random() < 0.5 else (kw, kh)
        yield counted(*shape, size(rng, 5, 9), kernel)
    yield counted(size(rng, 2, 3), size(rng, 12, 15), size(rng, 6, 9), 4, (3, 3))
    yield counted(size(rng, 2, 3), size(rng, 12, 15), size(rng, 6, 9), 5, size(rng, 2, 4))


# ----------------------------------------------------------------------------------- shared weights


def right_shared_gradient(dweights, which, count):
    return np.array([dweights[which == k].sum() for k in range(count)])


def some_places(rng: Rng, shape: tuple[int, ...], count: int, none: int = 0) -> np.ndarray:
    """`which` with every number at least once, in random order, and `none` entries without a connection."""
    total = math.prod(shape)
    rest = rng.integers(0, count, total - count - none)
    return rng.permutation(np.concatenate([np.arange(count), rest, np.full(none, -1)])).reshape(shape)


def conv_which(height: int, width: int, kh: int, kw: int) -> np.ndarray:
    which = np.full((height - kh + 1, width - kw + 1, height, width), -1)
    for i, j, u, v in np.ndindex(height - kh + 1, width - kw + 1, kh, kw):
        which[i, j, i + u, j + v] = u * kw + v
    return which.reshape(-1, height * width)


def distinct_places(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("4 weights in order", (np.array([3.0, -1, 2, 5]), np.arange(4), 4))
        yield Call("2x3 weights in another order", (nonzero(rng, (2, 3)), some_places(rng, (2, 3), 6), 6))
        which = np.array([[4, 0], [3, 1]])  # not 2, and not the last
        yield Call("6 weights, of which two stand nowhere", (nonzero(rng, (2, 2)), which, 6))
        yield Call("three axes", (nonzero(rng, (2, 3, 4)), some_places(rng, (2, 3, 4), 24), 24), "F")
        return
    for shape in ((size(rng, 4, 7),), (3, size(rng, 2, 5)), (2, size(rng, 2, 3), 3)):
        count = math.prod(shape)
        yield Call(f"shape {shape}", (nonzero(rng, shape), some_places(rng, shape, count), count), "strided")
    which = rng.permutation(8)[:6].reshape(2, 3)
    yield Call("9 weights, of which three stand nowhere", (nonzero(rng, (2, 3)), which, 9))


def repeated_places(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("two weights at two places each", (np.array([[3.0, 6], [-2, -4]]), np.array([[0, 1], [0, 1]]), 2))
        yield Call("one weight everywhere", (nonzero(rng, (3, 4)), np.zeros((3, 4), int), 1))
        yield Call("3 weights at 20 places", (nonzero(rng, (4, 5)), some_places(rng, (4, 5), 3), 3), "strided")
        which = np.array([3, 1, 1, 3, 2, 1])
        yield Call("5 weights, of which two stand nowhere", (nonzero(rng, (6,)), which, 5))
        return
    for shape in ((size(rng, 9, 14),), (4, size(rng, 5, 7)), (2, 3, size(rng, 4, 6))):
        count = size(rng, 2, 4)
        yield Call(f"{count} weights, shape {shape}", (nonzero(rng, shape), some_places(rng, shape, count), count), "F")
    yield Call("one weight everywhere", (nonzero(rng, (4, 3)), np.zeros((4, 3), int), 1))
    which = 2 * some_places(rng, (3, 5), 3)
    yield Call("6 weights, of which three stand nowhere", (nonzero(rng, (3, 5)), which, 6))


def unconnected_places(rng: Rng, hidden: bool):
    if not hidden:
        which = np.array([[0, 1, -1], [-1, 0, 1]])
        yield Call("the example by hand", (np.array([[3.0, 6, 12], [-1, -2, -4]]), which, 2))
        yield Call("a kernel of 2x2 on 3x4", (nonzero(rng, (6, 12)), conv_which(3, 4, 2, 2), 4))
        which = some_places(rng, (4, 4), 7, none=9)
        yield Call("7 weights at one place each, 9 entries without", (nonzero(rng, (4, 4)), which, 7))
        yield Call("5 weights at 14 places, 6 without", (nonzero(rng, (4, 5)), some_places(rng, (4, 5), 5, 6), 5), "F")
        return
    height, width = size(rng, 3, 4), size(rng, 4, 5)
    which = conv_which(height, width, 2, 3)
    yield Call("a kernel of 2x3", (nonzero(rng, which.shape), which, 6))
    for count, none in ((size(rng, 3, 5), size(rng, 4, 8)), (size(rng, 6, 8), 9), (2, size(rng, 2, 5))):
        which = some_places(rng, (5, 4), count, none)
        yield Call(f"{count} weights, {none} entries without", (nonzero(rng, (5, 4)), which, count), "strided")


# ------------------------------------------------------------------------------------ the controller


def softmax(logits):
    p = np.exp(logits - np.max(logits))
    return p / p.sum()


def right_sample_choice(logits, u):
    ends, total = 0, 0.0
    for p in softmax(logits):
        total += p
        ends += total <= u
    return int(ends)


def dart(logits: np.ndarray, choice: int, rng: Rng) -> float:
    """A dart that lies well inside option `choice`."""
    ends = np.concatenate([[0], np.cumsum(softmax(logits))])
    return float(ends[choice] + (0.2 + 0.6 * rng.random()) * (ends[choice + 1] - ends[choice]))


def thrown(about: str, logits: np.ndarray, choice: int, rng: Rng) -> Call:
    u = round(dart(logits, choice, rng), 3)
    assert right_sample_choice(logits, u) == choice, (logits, u)
    return Call(f"{about}, u = {u:g}", (logits, u))


def plain_choices(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("two equal logits, u = 0.25", (np.zeros(2), 0.25))
        yield Call("two equal logits, u = 0.75", (np.zeros(2), 0.75))
        logits = np.array([0.0, 1, -1, 0.5])
        for choice in (0, 1, 2, 3):
            yield thrown("four logits", logits, choice, rng)
        yield Call("u = 0", (np.array([-2.0, 1, 0.5]), 0.0))
        yield Call("the second of two options is likely, u = 0.3", (np.array([0.0, 3]), 0.3))
        yield Call("the dart lies shortly behind the first option, u = 0.24", (np.array([0.0, 0.25, 1]), 0.24))
        yield Call("one option", (np.array([0.75]), 0.6))
        yield thrown("the largest logit is not drawn", np.array([2.0, 0, 1]), 2, rng)
        return
    for count in (2, 3, 4, 5):
        logits = eighths(rng, (count,), 1.5)
        for choice in (0, size(rng, 0, count - 1), count - 1):
            yield thrown(f"{count} logits", logits, choice, rng)
    yield Call("u = 0", (eighths(rng, (4,), 1.5), 0.0))
    yield Call("the second of two options is likely", (np.array([0.0, size(rng, 24, 30) / 8]), 0.3))
    yield Call("the dart lies shortly behind the first option", (np.array([0.0, 0.25, 1]) + size(rng, 1, 9) / 8, 0.24))
    yield Call("one option", (eighths(rng, (1,)), 0.4))


def large_choices(rng: Rng, hidden: bool):
    base = size(rng, 850, 999) if hidden else 1000
    for choice in (0, 1, 2):
        yield thrown(f"logits near {base}", base + np.array([0.0, 0.25, 2]), choice, rng)
    yield Call(f"logits near {base}, the first is the largest, u = 0.5", (base + np.array([2.0, 0.25, 0]), 0.5))
    yield thrown(f"logits near -{base}", -base + np.array([0.0, 1, 0.5]), 1, rng)
    yield Call("two logits far above the third, u = 0.8", (np.array([base, base + 1.0, 0]), 0.8))
    yield thrown("one logit far above the others", np.array([0.0, base, -5.0]), 1, rng)
    yield Call("two logits far above 0, two far below, u = 0.8", (np.array([base, base + 1.0, -base, -base]), 0.8))


def right_reinforce(logits, choice, advantage):
    gradient = softmax(logits)
    gradient[choice] -= 1
    return advantage * gradient


def plain_gradients(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("two equal logits, the first is drawn", (np.zeros(2), 0, 1.0))
        yield Call("four logits, the third is drawn", (np.array([0.0, 1, -1, 0.5]), 2, 1.0))
        yield Call("three logits, the last is drawn", (np.array([2.0, 0.25, -1.5]), 2, 1.0), "strided")
        yield Call("one option", (np.array([0.5]), 0, 1.0))
        return
    for count in (2, 3, 4, 6):
        logits = distinct(rng, (count,), -2.0, 2.0)
        yield Call(f"{count} logits", (logits, size(rng, 0, count - 1), 1.0), "reversed")
    yield Call("the last is drawn", (distinct(rng, (5,), -2.0, 2.0), 4, 1.0))


def advantage_gradients(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("two equal logits, advantage 2", (np.zeros(2), 1, 2.0))
        yield Call("advantage -0.5", (np.array([0.0, 1, -1, 0.5]), 1, -0.5))
        yield Call("advantage 0", (np.array([0.5, 1, -1]), 0, 0.0))
        yield Call("advantage -3", (distinct(rng, (5,), -2.0, 2.0), 3, -3.0))
        yield Call("advantage 0.125", (distinct(rng, (3,), -2.0, 2.0), 2, 0.125))
        return
    for count, advantage in ((2, 3.5), (4, -0.25), (5, -size(rng, 2, 6)), (3, 0.0), (6, 0.375)):
        logits = distinct(rng, (count,), -2.0, 2.0)
        yield Call(f"{count} logits, advantage {advantage:g}", (logits, size(rng, 0, count - 1), float(advantage)))


def large_gradients(rng: Rng, hidden: bool):
    base = size(rng, 850, 999) if hidden else 1000
    yield Call(f"logits near {base}", (base + np.array([0.0, 1, 0.5]), 1, 1.0))
    yield Call(f"logits near -{base}", (-base + np.array([0.25, 1, -0.5]), 2, -2.0))
    yield Call("one logit far above the others, it is drawn", (np.array([0.0, base, -5.0]), 1, 1.5))
    yield Call("one logit far above the others, it is not drawn", (np.array([0.0, base, -5.0]), 0, 1.5))
    yield Call("one logit far above, one far below the third", (np.array([0.0, base, -base]), 0, -0.5))


class RightBaseline(MovingAverage):
    """The reference's, under the lesson's names."""

    def __init__(self, decay=0.9):
        super().__init__(decay)


def rewarded(about: str, rewards, decay=None, values=(), advantages=True, **how) -> Call:
    """Rewards one after the other; `values` are the numbers of those after which the average is read."""
    steps = [make("baseline", *(() if decay is None else (decay,)))]
    if 0 in values:
        steps.append(read("baseline", "value", label="value before the first reward"))
    for n, reward in enumerate(rewards, start=1):
        if advantages:
            steps.append(call("baseline", "advantage", float(reward), label=f"advantage of reward {n}"))
        else:
            steps.append(do("baseline", "advantage", float(reward)))
        if n in values:
            steps.append(read("baseline", "value", label=f"value after reward {n}"))
    return Call(about, steps=tuple(steps), **how)


def some_rewards(rng: Rng, count: int) -> np.ndarray:
    return distinct(rng, (count,), 0.25, 2.0)


def advantages(rng: Rng, hidden: bool):
    if not hidden:
        yield rewarded("rewards 1, 3, 2, decay 0.5", [1, 3, 2], 0.5)
        yield rewarded("rewards 1, 2, 3, 4, decay 0.9 by default", [1, 2, 3, 4])
        yield rewarded("negative rewards, decay 0.75", [-2, -1, -4, 1], 0.75)
        yield rewarded("decay 0: each reward is compared with the one before", [1, 3, 2], 0.0)
        return
    yield rewarded("decay 0.9 by default", some_rewards(rng, 5))
    yield rewarded("decay 0.25", some_rewards(rng, 4), 0.25)
    yield rewarded("negative rewards", -some_rewards(rng, 4), 0.75)
    yield rewarded("decay 0", some_rewards(rng, 3), 0.0)


def averages(rng: Rng, hidden: bool):
    if not hidden:
        yield rewarded("decay 0.5", [1, 3, 2], 0.5, values=(0, 1, 2, 3), advantages=False)
        yield rewarded("decay 0.9 by default", [2, 1, 4], None, values=(1, 3), advantages=False)
        yield rewarded("decay 0", [1, 3, 2], 0.0, values=(3,), advantages=False)
        yield two_baselines([1.0, 3.0], [-2.0, 4.0])
        return
    yield rewarded("decay 0.25", some_rewards(rng, 4), 0.25, values=(0, 1, 2, 4), advantages=False)
    yield rewarded("decay 0.9 by default", some_rewards(rng, 5), None, values=(1, 5), advantages=False)
    yield rewarded("decay 0", some_rewards(rng, 4), 0.0, values=(2, 4), advantages=False)
    yield two_baselines(some_rewards(rng, 2), -some_rewards(rng, 2))


def two_baselines(first, second) -> Call:
    """Two objects used in turns, and what each of them then holds."""
    steps = [make("one", 0.5), make("other", 0.75)]
    for a, b in zip(first, second, strict=True):
        steps += [do("one", "advantage", float(a)), do("other", "advantage", float(b))]
    steps += [read("one", "value", label="value of the first"), read("other", "value", label="value of the second")]
    return Call("two baselines in turns, decays 0.5 and 0.75", steps=tuple(steps))


def zero_rewards(rng: Rng, hidden: bool):
    a, b = (some_rewards(rng, 2)) if hidden else (1.0, 0.5)
    yield rewarded("the first reward is 0", [0, a, b], 0.5, values=(1, 3))
    yield rewarded("three rewards are 0", [0, 0, 0, a], 0.75, values=(4,))
    yield rewarded("the average passes through 0", [a, -a, b], 0.5, values=(2, 3))


# ------------------------------------------------------------------------------------- the super-net

OPERATIONS = ("conv3x3", "conv1x1", "max3x3", "mean3x3")


class RightSharedWeights:
    def __init__(self, weights):
        self.weights, self.params, self.grads = weights, {}, {}

    def choose(self, choices):
        names = {"stem", "head"} | {f"{place}.{OPERATIONS[k]}" for place, k in enumerate(choices)}
        self.params = {name: w for name, w in self.weights.items() if name in names}


def all_weights(rng: Rng, places: int = 3) -> dict[str, np.ndarray]:
    """Weights of a small space: other shapes than the lesson's, for names alone count."""
    weights = {"stem": nonzero(rng, (2, 3))}
    for place in range(places):
        weights[f"{place}.conv3x3"] = nonzero(rng, (2, 4))
        weights[f"{place}.conv1x1"] = nonzero(rng, (2, 2))
    weights["head"] = nonzero(rng, (3, 2))
    return weights


def words(choices) -> str:
    return f"({', '.join(map(str, choices))})"


def child_holds(rng: Rng, hidden: bool):
    chosen = [tuple(int(k) for k in rng.integers(0, 4, 3)) for _ in range(3)] if hidden else []
    for choices in chosen or [(0, 1, 0), (0, 2, 1), (3, 2, 3), (1, 1, 1)]:
        steps = (
            make("shared", all_weights(rng)),
            do("shared", "choose", choices),
            read("shared", "params", label="params"),
        )
        yield Call(f"the child {words(choices)}", steps=steps)
    first, second = ((0, 0, 2), (1, 3, 0)) if not hidden else ((0, size(rng, 0, 3), 1), (1, 2, size(rng, 0, 3)))
    steps = (
        make("shared", all_weights(rng)),
        do("shared", "choose", first),
        do("shared", "choose", second),
        read("shared", "params", label="params"),
    )
    yield Call(f"first {words(first)}, then {words(second)}", steps=steps)
    steps = (
        make("shared", all_weights(rng)),
        read("shared", "params", label="params"),
        read("shared", "grads", label="grads"),
    )
    yield Call("before a child is chosen", steps=steps)
    places = 4 if hidden else 2
    choices = tuple(int(k) for k in rng.permutation(4)[:places])
    steps = make("shared", all_weights(rng, places)), do("shared", "choose", choices)
    steps += (read("shared", "params", label="params"),)
    yield Call(f"{places} places: {words(choices)}", steps=steps)


def children_share(rng: Rng, hidden: bool):
    """A hand changes the arrays of the chosen child, as an optimizer does; another child is looked at."""
    amount = size(rng, 2, 9) / 8 if hidden else 1.0
    a, b, c = (0, 1, 0), (0, 2, 1), (1, 1, 0)
    if hidden:
        a, b, c = (0, size(rng, 0, 1), 1), (0, 3, 1), (1, size(rng, 0, 1), 1)
    for about, later in (
        (f"{words(a)} learns, then {words(b)} is chosen", b),
        (f"{words(a)} learns, then {words(c)} is chosen", c),
        (f"{words(a)} learns, then it is chosen again", a),
    ):
        steps = (
            make("shared", all_weights(rng)),
            do("shared", "choose", a),
            given("hand", "Hand", ref("shared")),
            do("hand", "add", amount),
            do("shared", "choose", later),
            read("shared", "params", label="params"),
        )
        yield Call(about, steps=steps)
    steps = (
        make("shared", all_weights(rng)),
        do("shared", "choose", a),
        given("hand", "Hand", ref("shared")),
        do("hand", "add", amount),
        do("shared", "choose", b),
        do("hand", "add", 2 * amount),
        do("shared", "choose", c),
        read("shared", "params", label="params"),
    )
    yield Call(f"{words(a)} learns, {words(b)} learns, then {words(c)} is chosen", steps=steps)


# ------------------------------------------------------------------------------------------- ranks


def mean_ranks(values):
    return np.array([sum(v < value for v in values) + (sum(v == value for v in values) - 1) / 2 for value in values])


def right_rank_correlation(a, b):
    ranks = [mean_ranks(one) for one in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1])


def untied(rng: Rng, hidden: bool):
    if not hidden:
        a, b = np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 40])
        yield Call("four scores, two neighbours are swapped", (a, b))
        yield Call("three scores, in a circle", (np.array([2.0, 3, 1]), np.array([1.0, 2, 3])))
        yield Call("the same order, far from a line", (np.array([3.0, 1, 2, 4]), np.array([100.0, -5, 0.5, 900])))
        yield Call("the reversed order", (np.array([0.25, 3, 1]), np.array([-0.25, -3, -1])))
        about = "ten scores, every second number of longer lists"
        yield Call(about, (distinct(rng, (10,)), distinct(rng, (10,))), "strided")
        return
    for count in (5, 8, size(rng, 11, 20)):
        yield Call(f"{count} scores", (distinct(rng, (count,)), distinct(rng, (count,))), "strided")
    a = distinct(rng, (7,))
    yield Call("the same order, far from a line", (a, a**3))
    yield Call("the reversed order", (a, -a))


def tied(rng: Rng, hidden: bool):
    if not hidden:
        yield Call("two equal scores in the first list", (np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4])))
        yield Call("two equal scores in the second", (np.array([4.0, 1, 3, 2]), np.array([0.5, 0.5, 2, 1])))
        yield Call("only two different scores", (np.array([1.0, 0, 1, 0, 1]), np.array([3.0, 1, 2, 5, 4])))
        yield Call("ties in both lists", (np.array([2.0, 1, 2, 1, 3, 3, 3]), np.array([1.0, 1, 2, 2, 2, 0, 2])))
        return
    for rises, count, values in ((True, 6, 3), (False, 9, 4), (True, size(rng, 12, 20), 5)):
        a, b, slope = np.zeros(count), np.zeros(count), 0.0
        while not slope:  # neither sign may be missing: by a sign two mistakes are told apart
            a, b = (rng.permutation(np.arange(count) % values) / 4 for _ in range(2))
            slope = np.sum((a - a.mean()) * (b - b.mean()))
        b = b if (slope > 0) == rises else b.max() - b
        yield Call(f"{count} scores, {values} different ones in each list", (a, b))
    a = rng.permutation(np.array([0.0, 0, 1, 1, 1, 2, 3]))
    yield Call("ties in the first list", (a, distinct(rng, (7,))))
    yield Call("ties in the second list", (distinct(rng, (7,)), a))


EXERCISES = [
    Exercise(
        "weight-counts",
        "weight_counts",
        ("input_shape", "out_channels", "kernel_size"),
        right_counts,
        [
            part("plain", 4, plain_counts, 1),
            part("channels", 4, channel_counts, 2),
            part("rectangular", 4, rectangular_counts, 3),
        ],
        results=("fully_connected", "locally_connected", "convolutional"),
    ),
    Value("local-weights", "local_weights", 98_208_100, points=2),
    Value("source-claim", "source_claim", "b", points=2),
    Exercise(
        "shared-gradient",
        "shared_gradient",
        ("dweights", "which", "count"),
        right_shared_gradient,
        [
            part("distinct", 3, distinct_places, 11),
            part("repeated", 5, repeated_places, 12),
            part("unconnected", 4, unconnected_places, 13),
        ],
    ),
    Exercise(
        "sample-choice",
        "sample_choice",
        ("logits", "u"),
        right_sample_choice,
        [part("plain", 5, plain_choices, 21), part("large", 3, large_choices, 22)],
    ),
    Exercise(
        "reinforce-gradient",
        "reinforce_gradient",
        ("logits", "choice", "advantage"),
        right_reinforce,
        [
            part("plain", 6, plain_gradients, 31),
            part("advantage", 5, advantage_gradients, 32),
            part("large", 3, large_gradients, 33),
        ],
    ),
    Exercise(
        "moving-baseline",
        "MovingBaseline",
        (),
        RightBaseline,
        [
            part("advantages", 5, advantages, 41),
            part("value", 3, averages, 42),
            part("zero", 2, zero_rewards, 43),
        ],
    ),
    Debug("rank-debug-case", "failing_ranks", "quick_ranks", "position_ranks", points=4),
    Exercise(
        "rank-correlation",
        "rank_correlation",
        ("a", "b"),
        right_rank_correlation,
        [part("distinct", 6, untied, 51), part("ties", 6, tied, 52)],
    ),
    Exercise(
        "shared-weights",
        "SharedWeights",
        (),
        RightSharedWeights,
        [part("names", 5, child_holds, 61), part("same", 7, children_share, 62)],
    ),
    Value("micro-space", "micro_space", 5_062_500_000_000, points=2),
]
