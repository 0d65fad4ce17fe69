"""What the marked cells of lesson 06 check.

A part looks at one thing: of a layer the output, dx, the gradients, that they are replaced, that the layer can be used
again; of an optimizer the steps, several arrays, a missing gradient, two models, arrays changed in place. So a learner
who lacks one thing loses one part. Layers and models that an answer needs are stand-ins, so that a mistake in one
exercise costs no mark in another.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

import reference
from grading.lesson.draw import eighths, nonzero, size
from grading.lesson.exercise import Call, Exercise, PartOf, Value, apply, call, do, given, make, read, ref

Rng = np.random.Generator
LESSON = 6


def part(name: str, points: float, cases: Callable[[Rng, bool], Iterable[Call]], seed: int) -> PartOf:
    """A part from one function: ``cases(rng, hidden)`` gives the visible cases, and hidden ones of the same kinds."""
    rng = np.random.default_rng([LESSON, seed])
    return PartOf(name, list(cases(rng, False)), lambda rng: list(cases(rng, True)), points=points)


def pick(rng: Rng, hidden: bool, shown: tuple[int, ...], *ranges: tuple[int, int]) -> tuple[int, ...]:
    """The sizes of a visible case, or others of the same kind: one from each range."""
    return tuple(size(rng, *one) for one in ranges) if hidden else shown


# ---------------------------------------------------------------------------------------- oracles


class RightLinear(reference.Linear):
    def __init__(self, w, b):
        super().__init__(w.shape[1], w.shape[0], dtype=w.dtype)
        self.params = {"w": w, "b": b}


class RightConv2d(reference.Conv2d):
    def __init__(self, w, b, stride=1, padding=0):
        super().__init__(w.shape[1], w.shape[0], w.shape[2:], stride, padding, dtype=w.dtype)
        self.params = {"w": w, "b": b}


class RightSequential:
    def __init__(self, layers):
        self.layers = layers

    def _all(self, which):
        return {f"{n}.{key}": a for n, one in enumerate(self.layers) for key, a in getattr(one, which, {}).items()}

    params = property(lambda self: self._all("params"))
    grads = property(lambda self: self._all("grads"))

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class RightSteppingLinear:
    def __init__(self, w, b, lr):
        self.layer, self.lr = RightLinear(w, b), lr
        self.w, self.b = w, b

    def forward(self, x):
        return self.layer.forward(x)

    def backward(self, dout):
        dx = self.layer.backward(dout)
        self.w -= self.lr * self.layer.grads["w"]
        self.b -= self.lr * self.layer.grads["b"]
        return dx


def right_loss(scores, y):
    loss, dscores = reference.softmax_cross_entropy(scores, y)
    return float(loss), dscores


def right_he_std(shape):
    return float(np.sqrt(2 / np.prod(shape[1:])))


def right_gradients_in_pieces(model, x, target, size):
    collected = {}
    for first in range(0, len(x), size):
        seen = slice(first, first + size)
        model.backward((model.forward(x[seen]) - target[seen]) / len(x))
        for name, grad in model.grads.items():
            collected[name] = collected.get(name, 0) + grad
    return collected


# -------------------------------------------------------------------------------- layers with weights

Layer = Callable[[Rng, bool, int], tuple[str, tuple, tuple[int, ...], tuple[int, ...]]]


def linear(rng: Rng, hidden: bool, n: int) -> tuple:
    """The n-th kind of layer: what it is about, its arguments, the shape of one input and of one output."""
    ins, outs = [(2, 2), (4, 2), (3, 5), (5, 1)][n]
    if hidden:
        ins = size(rng, 2, 3) if n == 0 else ins + size(rng, 0, 2)
        outs = ins if n == 0 else outs + size(rng, 0, 1) * (n == 2)
    w, b = nonzero(rng, (outs, ins)), nonzero(rng, (outs,))
    if n == 0:  # square, so that a transposed product gives numbers; whole numbers, no two alike
        w = rng.choice([-1.0, 1.0], (outs, ins)) * rng.permutation(np.arange(1.0, outs * ins + 1)).reshape(outs, ins)
        b = np.sign(b) * np.ceil(np.abs(b))
    return f"{ins} inputs, {outs} output{'s' * (outs != 1)}", (w, b), (ins,), (outs,)


def conv(rng: Rng, hidden: bool, n: int) -> tuple:
    # channels, filters, kernel, stride, padding, height, width
    c, f, kh, kw, stride, padding, height, width = [
        (1, 1, 2, 2, 1, 0, 3, 4),
        (2, 3, 3, 2, 1, 0, 6, 4),  # a map that is higher than wide
        (3, 2, 2, 3, 2, 1, 5, 8),
        (2, 2, 3, 3, 3, 2, 6, 6),
        (2, 4, 1, 1, 1, 0, 3, 3),
    ][n]
    if hidden:
        c, f = (c, f) if n in (0, 3) else (size(rng, 2, 3), size(rng, 2, 4))
        height, width = height + size(rng, 0, 2), width + size(rng, 0, 2)
        if n == 3:
            width = height
    w, b = eighths(rng, (f, c, kh, kw), 2.0), nonzero(rng, (f,), 2.0)
    if n == 0:
        w, b = np.round(w), np.sign(b) * np.ceil(np.abs(b))
    args = (w, b) if (stride, padding) == (1, 0) else (w, b, stride, padding)
    out = (height + 2 * padding - kh) // stride + 1, (width + 2 * padding - kw) // stride + 1
    about = f"{c} to {f} channels, kernel {kh}x{kw}, stride {stride}, padding {padding}, {height}x{width}"
    return about, args, (c, height, width), (f, *out)


def batch(rng: Rng, count: int, shape: tuple[int, ...], whole: bool = False) -> np.ndarray:
    x = nonzero(rng, (count, *shape), 3.0)
    return np.sign(x) * np.ceil(np.abs(x)) if whole else x


def with_weights(layer: Layer, counts: tuple[int, ...], keep: str) -> Callable[[Rng, bool], Iterator[Call]]:
    """Cases of one forward and backward pass; `keep` says what is looked at: "out", "dx" or "grads"."""

    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, count in enumerate(counts):
            count += hidden * (n not in (0, 2)) * size(rng, 0, 1)
            about, args, shape, out_shape = layer(rng, hidden, n)
            x, dout = batch(rng, count, shape, n == 0), batch(rng, count, out_shape, n == 0)
            yield Call(f"batch of {count}, {about}", steps=one_pass(args, x, dout, keep))
        about, args, shape, out_shape = layer(rng, hidden, 1)
        x, dout = batch(rng, 3, shape), batch(rng, 3, out_shape)
        args32 = tuple(a.astype("float32") if isinstance(a, np.ndarray) else a for a in args)
        steps = one_pass(args32, x.astype("float32"), dout.astype("float32"), keep)
        yield Call(f"batch of 3, {about}, float32", steps=steps)
        about, args, shape, out_shape = layer(rng, hidden, 2)
        x, dout = batch(rng, 2, shape), batch(rng, 2, out_shape)
        kind, words = ("F", "Fortran order") if not hidden or size(rng, 0, 1) else ("strided", "every second column")
        yield Call(f"batch of 2, {about}, {words} in memory", layout=kind, steps=one_pass(args, x, dout, keep))

    return cases


def one_pass(args: tuple, x: np.ndarray, dout: np.ndarray, keep: str) -> tuple:
    made = make("layer", *args)
    if keep == "out":
        return made, call("layer", "forward", x, label="out")
    if keep == "dx":
        return made, do("layer", "forward", x), call("layer", "backward", dout, label="dx")
    return made, do("layer", "forward", x), do("layer", "backward", dout), *read_grads()


def read_grads(after: str = "") -> tuple:
    return tuple(read("layer", "grads", key, label=f"d{key}{after}") for key in ("w", "b"))


def replaced(layer: Layer) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n in (0, 1, 2):
            about, args, shape, out_shape = layer(rng, hidden, n)
            count = 2 + n
            x, dout = batch(rng, count, shape, n == 0), batch(rng, count, out_shape, n == 0)
            x2, dout2 = batch(rng, count, shape, n == 0), batch(rng, count, out_shape, n == 0)
            start = make("layer", *args), do("layer", "forward", x), do("layer", "backward", dout)
            if n == 0:
                steps = *start, do("layer", "backward", dout2), *read_grads()
                yield Call(f"backward twice after one forward: {about}", steps=steps)
            else:
                steps = *start, do("layer", "forward", x2), do("layer", "backward", dout2), *read_grads()
                yield Call(f"forward and backward, then both again: {about}", steps=steps)

    return cases


def again(layer: Layer) -> Callable[[Rng, bool], Iterator[Call]]:
    """Other sizes at the second call, and weights that were changed in between."""

    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, (first, second) in enumerate([(2, 1), (2, 3), (3, 2)]):
            second += hidden * size(rng, 0, 1) * (second != 1)
            first += hidden * (first == second)
            about, args, shape, out_shape = layer(rng, hidden, n)
            x, dout = batch(rng, first, shape, n == 0), batch(rng, first, out_shape, n == 0)
            x2, dout2 = batch(rng, second, shape, n == 0), batch(rng, second, out_shape, n == 0)
            steps = (
                make("layer", *args),
                do("layer", "forward", x),
                do("layer", "backward", dout),
                call("layer", "forward", x2, label="out"),
                call("layer", "backward", dout2, label="dx"),
            )
            yield Call(f"a batch of {first}, then one of {second}: {about}", steps=steps)
        about, args, shape, out_shape = layer(rng, hidden, 1)
        x, dout = batch(rng, 2, shape), batch(rng, 2, out_shape)
        steps = (
            make("layer", *args),
            do("layer", "forward", x),
            given("hand", "Hand", ref("layer")),
            do("hand", "add", 0.5 + 0.25 * hidden * size(rng, 0, 4)),
            call("layer", "forward", x, label="out"),
            call("layer", "backward", dout, label="dx"),
        )
        yield Call(f"the arrays in params are changed in place, then forward and backward: {about}", steps=steps)
        about, args, shape, out_shape = layer(rng, hidden, 2)
        x, dout = batch(rng, 2, shape), batch(rng, 2, out_shape)
        steps = (
            make("layer", *args),
            do("layer", "forward", x),
            call("layer", "backward", dout, label="dx"),
            call("layer", "backward", 2 * dout, label="dx of twice the dout"),
        )
        yield Call(f"backward twice after one forward: {about}", steps=steps)

    return cases


def weighted_parts(layer: Layer, counts: tuple[int, ...], points: tuple[float, ...], seed: int) -> list[PartOf]:
    forward, dx, grads, again_, replaced_ = points
    return [
        part("forward", forward, with_weights(layer, counts, "out"), seed),
        part("dx", dx, with_weights(layer, counts, "dx"), seed + 1),
        part("grads", grads, with_weights(layer, counts, "grads"), seed + 2),
        part("replaced", replaced_, replaced(layer), seed + 3),
        part("again", again_, again(layer), seed + 4),
    ]


# ----------------------------------------------------------------------------------------------- ReLU


def mixed(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of both signs and some zeros, whatever is drawn."""
    x = nonzero(rng, shape)
    flat = x.ravel()
    flat[0], flat[-1] = abs(flat[0]), -abs(flat[-1])
    if flat.size > 3:
        flat[flat.size // 2] = 0.0
    return x


def relu_shapes(rng: Rng, hidden: bool) -> Iterator[tuple[int, ...]]:
    yield pick(rng, hidden, (2, 3), (2, 3), (4, 5))
    yield pick(rng, hidden, (3, 3), (4, 4), (4, 4))
    yield pick(rng, hidden, (2, 1, 3, 4), (2, 3), (1, 1), (3, 4), (3, 5))


def relu_cases(keep: str) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, shape in enumerate(relu_shapes(rng, hidden)):
            x, dout = mixed(rng, shape), nonzero(rng, shape)
            if n == 0:
                x = np.sign(x) * np.ceil(np.abs(x))
                dout = np.sign(dout) * np.ceil(np.abs(dout))
            yield Call(f"x of shape {shape}", layout="CFC"[n], steps=one_pass((), x, dout, keep))
        x, dout = mixed(rng, (3, 5)).astype("float32"), nonzero(rng, (3, 5)).astype("float32")
        yield Call("float32", steps=one_pass((), x, dout, keep))
        if keep == "dx":
            x, dout = np.zeros((2, 3)), nonzero(rng, (2, 3))
            x[1] = [1.0, -1.0, 0.0]
            yield Call("x is 0 at some places: the slope there is 0", steps=one_pass((), x, dout, keep))

    return cases


def relu_again(rng: Rng, hidden: bool) -> Iterator[Call]:
    for first, second in [((2, 3), (1, 3)), ((2, 4), (3, 4))]:
        if hidden:
            first, second = (first[0] + 1, first[1]), (second[0] + size(rng, 3, 4), second[1])
        steps = (
            make("layer"),
            do("layer", "forward", mixed(rng, first)),
            do("layer", "backward", nonzero(rng, first)),
            call("layer", "forward", mixed(rng, second), label="out"),
            call("layer", "backward", nonzero(rng, second), label="dx"),
        )
        yield Call(f"a batch of {first[0]}, then one of {second[0]}", steps=steps)
    shape = pick(rng, hidden, (2, 3), (2, 3), (4, 5))
    x = mixed(rng, shape)
    steps = (
        make("first"),
        make("second"),
        do("first", "forward", x),
        do("second", "forward", -x),
        call("first", "backward", nonzero(rng, shape), label="dx of the first"),
        call("second", "backward", nonzero(rng, shape), label="dx of the second"),
    )
    yield Call("two ReLU layers in one net", steps=steps)
    dout = nonzero(rng, shape)
    steps = (
        make("layer"),
        do("layer", "forward", x),
        call("layer", "backward", dout, label="dx"),
        call("layer", "backward", 2 * dout, label="dx of twice the dout"),
    )
    yield Call("backward twice after one forward", steps=steps)


# ----------------------------------------------------------------------------------------- Sequential


WORDS = {"S": "Scale", "H": "Shift", "Q": "Square", "R": "Roll"}


def weights(rng: Rng, width: int) -> np.ndarray:
    """No two alike, so that layers in another order give another result."""
    return rng.choice([-0.5, 0.5], width) * rng.permutation(np.arange(1.0, width + 1))


def layers(rng: Rng, kinds: str, width: int) -> tuple[tuple, list]:
    """Steps that make stand-in layers, S for Scale, H for Shift, Q for Square, R for Roll; and the list of them."""
    steps, names = [], []
    for n, kind in enumerate(kinds):
        name = f"layer {n}"
        if kind in "QR":
            steps.append(given(name, WORDS[kind]))
        else:
            steps.append(given(name, WORDS[kind], weights(rng, width)))
        names.append(ref(name))
    return tuple(steps), names


def named(kinds: str) -> str:
    return "layers " + ", ".join(WORDS[kind] for kind in kinds)


def sequential_cases(kinds: tuple[str, ...], ending) -> Callable[[Rng, bool], Iterator[Call]]:
    """`ending(rng, count, width)` gives the steps after ``net`` is made."""

    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, kind in enumerate(kinds):
            count, width = pick(rng, hidden, [(1, 2), (3, 2), (2, 2), (4, 3)][n % 4], (2, 4), (2, 3))
            steps, found = layers(rng, kind, width)
            about = f"{named(kind)}; batch of {count}"
            yield Call(about, steps=(*steps, make("net", found), *ending(rng, count, width)))

    return cases


def net_forward(rng: Rng, count: int, width: int) -> tuple:
    return (call("net", "forward", nonzero(rng, (count, width), 2.0), label="out"),)


def net_dx(rng: Rng, count: int, width: int) -> tuple:
    x, dout = nonzero(rng, (count, width), 2.0), nonzero(rng, (count, width), 2.0)
    return do("net", "forward", x), call("net", "backward", dout, label="dx")


def sequential_params(rng: Rng, hidden: bool) -> Iterator[Call]:
    for kinds, keys in [("SH", "0.w 1.b"), ("SQH", "0.w 2.b"), ("QSSH", "1.w 2.w 3.b"), ("HHHHHHHHHHS", "0.b 10.w")]:
        width = size(rng, 1, 3) if hidden else 2
        steps, found = layers(rng, kinds, width)
        reads = tuple(read("net", "params", key, label=f"params[{key!r}]") for key in keys.split())
        yield Call(f"{named(kinds)}: what params holds", steps=(*steps, make("net", found), *reads))
    for kinds in ("SH", "HQS"):
        width = size(rng, 1, 3) if hidden else 2
        steps, found = layers(rng, kinds, width)
        x = nonzero(rng, (2, width), 2.0)
        ending = given("hand", "Hand", ref("net")), do("hand", "add", 0.5), call("net", "forward", x, label="out")
        about = f"{named(kinds)}: the arrays in params are changed in place, then forward"
        yield Call(about, steps=(*steps, make("net", found), *ending))


def sequential_grads(rng: Rng, hidden: bool) -> Iterator[Call]:
    for kinds, keys in [("SH", "0.w 1.b"), ("SQH", "0.w 2.b"), ("QSSH", "1.w 2.w 3.b")]:
        count, width = (size(rng, 2, 4), size(rng, 1, 3)) if hidden else (3, 2)
        steps, found = layers(rng, kinds, width)
        reads = tuple(read("net", "grads", key, label=f"grads[{key!r}]") for key in keys.split())
        yield Call(named(kinds), steps=(*steps, make("net", found), *net_dx(rng, count, width), *reads))
    for kinds, keys in [("SH", "0.w 1.b"), ("HQS", "0.b 2.w")]:
        count, width = (size(rng, 2, 4), size(rng, 1, 3)) if hidden else (2, 2)
        steps, found = layers(rng, kinds, width)
        reads = tuple(read("net", "grads", key, label=f"grads[{key!r}]") for key in keys.split())
        twice = *net_dx(rng, count, width), *net_dx(rng, count + 1, width)
        about = f"{named(kinds)}: forward and backward, then both again with another batch"
        relabelled = tuple((*step[:-1], "first dx") if step[0] == "call" else step for step in twice[:2]) + twice[2:]
        yield Call(about, steps=(*steps, make("net", found), *relabelled, *reads))


# ----------------------------------------------------------------------------------------------- loss


def classes(rng: Rng, count: int, kinds: int) -> np.ndarray:
    """Every class where there is room, in random order: never all the same."""
    y = np.arange(count) % kinds
    return rng.permutation(y)


def plain_scores(rng: Rng, hidden: bool) -> Iterator[Call]:
    for n, (count, kinds) in enumerate([(1, 2), (3, 4), (3, 3), (5, 2)]):
        if hidden:
            count, kinds = count + (n != 2) * size(rng, 0, 2), kinds + (n != 2) * size(rng, 0, 2)
        scores = eighths(rng, (count, kinds), 2.0)
        if n == 0:
            scores = np.round(scores)
        y = classes(rng, count, kinds)
        kind = ["int64", "uint8", "int32", "int64"][n]
        layout = "CCFC"[n]
        words = " in Fortran order" if layout == "F" else ""
        yield Call(f"{count} examples, {kinds} classes, y of {kind}{words}", (scores, y.astype(kind)), layout=layout)
    count, kinds = pick(rng, hidden, (4, 3), (5, 6), (3, 4))
    scores = eighths(rng, (count, kinds), 2.0).astype("float32")
    yield Call(f"{count} examples, {kinds} classes, float32", (scores, classes(rng, count, kinds)))
    count, kinds = pick(rng, hidden, (3, 5), (2, 4), (6, 7))
    scores = np.repeat(eighths(rng, (count, 1), 2.0), kinds, axis=1)
    yield Call(f"all {kinds} scores of an example are the same", (scores, classes(rng, count, kinds)))


def large_scores(rng: Rng, hidden: bool) -> Iterator[Call]:
    high = 1e4 * size(rng, 2, 6) if hidden else 1e4
    yield Call(f"scores [[{high:g}, 0]], class 1", (np.array([[high, 0.0]]), np.array([1])))
    yield Call(f"scores [[{high:g}, 0]], class 0", (np.array([[high, 0.0]]), np.array([0])))
    scores = eighths(rng, (3, 4)) + 1000.0 * np.array([[1.0], [0.0], [-1.0]])
    yield Call("one example around 1000, one around 0, one around -1000", (scores, classes(rng, 3, 4)))
    scores = -eighths(rng, (2, 3)) - (5000.0 if hidden else 2000.0)
    yield Call("all scores far below 0", (scores, classes(rng, 2, 3)))


# ----------------------------------------------------------------------------------------- optimizers


def start(rng: Rng, shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    return {name: eighths(rng, shape, 2.0) for name, shape in shapes.items()}


def slopes(rng: Rng, shapes: dict[str, tuple[int, ...]], names: str = "") -> dict[str, np.ndarray]:
    return {name: nonzero(rng, shapes[name], 2.0) for name in (names.split() or shapes)}


def one_step(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, (about, args) in enumerate(settings):
            shapes = {"w": pick(rng, hidden, [(2,), (2, 3), (3, 1)][n % 3], (2, 4), (2, 5))}
            params, grads = start(rng, shapes), slopes(rng, shapes)
            if n == 0:
                params["w"], grads["w"] = np.array([1.0, 2.0]), np.array([1.0, -2.0]) * (1 + hidden * size(rng, 0, 3))
            steps = (
                given("model", "Kept", params, grads),
                make("optimizer", ref("model"), *args),
                do("optimizer", "step"),
                read("model", "params", "w", label="w after 1 step"),
            )
            yield Call(about, steps=steps)

    return cases


def several_steps(rng: Rng, args: tuple, shapes: dict, about: str, count: int, names: tuple[str, ...] = ()) -> Call:
    """`count` steps, each with new gradients; `names` says, step by step, of which parameters and in which order."""
    names = names or (" ".join(shapes),) * count
    steps = [given("model", "Kept", start(rng, shapes), slopes(rng, shapes, names[0]))]
    steps.append(make("optimizer", ref("model"), *args))
    for n in range(count):
        if n:
            steps.append(do("model", "receive", slopes(rng, shapes, names[n])))
        steps.append(do("optimizer", "step"))
        ending = "s" * (n > 0)
        if n in (0, count - 1) or count < 3:
            steps += [read("model", "params", key, label=f"{key} after {n + 1} step{ending}") for key in shapes]
    return Call(about, steps=tuple(steps))


def third_step(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, (about, args) in enumerate(settings):
            shapes = {"w": pick(rng, hidden, [(2,), (2, 3), (3, 1)][n % 3], (2, 4), (2, 5))}
            yield several_steps(rng, args, shapes, f"{about}, three steps", 3)

    return cases


def several(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        _, args = settings[0]
        shapes = {"w": pick(rng, hidden, (2, 3), (2, 3), (4, 5)), "b": pick(rng, hidden, (2,), (2, 5))}
        yield several_steps(rng, args, shapes, "parameters w and b, two steps", 2)
        shapes = {"0.w": (2, 2), "0.b": (2,), "2.w": (2, 2)}
        yield several_steps(rng, args, shapes, "three parameters, three steps", 3)
        shapes = {"w": (3,), "b": (3,)}
        names = ("w b", "b w", "w b")
        about = "the second time, grads is a new dict in another order"
        yield several_steps(rng, args, shapes, about, 3, names)
        steps = (
            given("model", "Kept", start(rng, shapes), slopes(rng, shapes)),
            make("optimizer", ref("model"), *args),
            do("optimizer", "step"),
            do("model", "exchange", start(rng, shapes)),
            do("model", "receive", slopes(rng, shapes)),
            do("optimizer", "step"),
            *(read("model", "params", key, label=f"{key} after 2 steps") for key in shapes),
        )
        yield Call("before the second step, params becomes a new dict with other arrays", steps=steps)

    return cases


def missing(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        _, args = settings[0]
        shapes = {"w": pick(rng, hidden, (2,), (2, 5)), "b": (2,)}
        yield several_steps(rng, args, shapes, "b has no gradient, two steps", 2, ("w", "w"))
        shapes = {"w": (2, 2), "b": (2,), "c": (1, 3)}
        yield several_steps(rng, args, shapes, "only b has a gradient", 2, ("b", "b"))
        shapes = {"w": pick(rng, hidden, (2,), (2, 5))}
        steps = (
            given("model", "Kept", start(rng, shapes), slopes(rng, shapes)),
            make("optimizer", ref("model"), *args),
            do("optimizer", "step"),
            read("model", "params", "w", label="w after 1 step"),
            do("model", "receive", {}),
            do("optimizer", "step"),
            read("model", "params", "w", label="w after 2 steps"),
        )
        yield Call("w has a gradient at the first step, and none at the second", steps=steps)

    return cases


def two_models(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, (_, args) in enumerate(settings[:2]):
            shapes = {"w": pick(rng, hidden, [(2,), (2, 3)][n], *[[(2, 5)], [(2, 4), (2, 4)]][n])}
            steps = []
            for name in ("first", "second"):
                steps.append(given(name, "Kept", start(rng, shapes), slopes(rng, shapes)))
                steps.append(make(f"optimizer of the {name}", ref(name), *args))
            for k in range(2):
                for name in ("first", "second"):
                    if k:
                        steps.append(do(name, "receive", slopes(rng, shapes)))
                    steps.append(do(f"optimizer of the {name}", "step"))
            steps += [read(name, "params", "w", label=f"w of the {name} model") for name in ("first", "second")]
            yield Call("two models with an optimizer each, two steps in turn", steps=tuple(steps))

    return cases


def in_place(settings) -> Callable[[Rng, bool], Iterator[Call]]:
    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, layout in enumerate(("C", "strided", "F")):
            _, args = settings[min(n, len(settings) - 1)]
            shapes = {"w": pick(rng, hidden, [(2,), (2, 3), (3, 2)][n], *[[(2, 5)], [(2, 4), (2, 4)]][n > 0])}
            words = {"C": "", "strided": ", arrays that lie apart in memory", "F": ", Fortran order"}[layout]
            steps = (
                given("model", "Kept", start(rng, shapes), slopes(rng, shapes)),
                make("optimizer", ref("model"), *args),
                do("optimizer", "step"),
                do("optimizer", "step"),
                read("model", "arrays", "w", label="the array that the layer holds"),
                read("model", "params", "w", label="params['w']"),
                read("model", "grads", "w", label="grads['w']"),
            )
            yield Call(f"two steps with the same gradients{words}", layout=layout, steps=steps)
        _, args = settings[0]
        shapes = {"w": pick(rng, hidden, (2,), (2, 5))}
        second = slopes(rng, shapes)
        steps = (
            given("model", "Kept", start(rng, shapes), slopes(rng, shapes)),
            make("optimizer", ref("model"), *args),
            do("optimizer", "step"),
            do("model", "overwrite", second),
            do("optimizer", "step"),
            read("model", "arrays", "w", label="the array that the layer holds"),
            read("model", "grads", "w", label="grads['w']"),
        )
        yield Call("the model writes its second gradient into the array of the first", steps=steps)

    return cases


def optimizer(id: str, name: str, oracle, settings, points: dict[str, float], seed: int) -> Exercise:
    makers = {
        "first": one_step,
        "third": third_step,
        "several": several,
        "missing": missing,
        "models": two_models,
        "in-place": in_place,
    }
    parts = [part(key, marks, makers[key](settings), seed + n) for n, (key, marks) in enumerate(points.items())]
    return Exercise(id, name, oracle=oracle, parts=parts)


# ------------------------------------------------------------------------------- start values, mends


def dense_shapes(rng: Rng, hidden: bool) -> Iterator[Call]:
    drawn = [(size(rng, 2, 9), size(rng, 20, 90)), (50, 3), (7, 7), (1, size(rng, 5, 9))]
    for shape in drawn if hidden else [(3, 2), (10, 32), (8, 8), (1, 6)]:
        yield Call(f"a dense layer, w of shape {shape}", (shape,))


def kernel_shapes(rng: Rng, hidden: bool) -> Iterator[Call]:
    shown = [(8, 1, 5, 5), (16, 8, 3, 3), (4, 6, 2, 7)]
    drawn = [(size(rng, 2, 9), size(rng, 2, 9), size(rng, 2, 5), size(rng, 2, 5)) for _ in range(3)]
    for shape in drawn if hidden else shown:
        yield Call(f"a convolution, w of shape {shape}", (shape,))


def pieces(sizes: tuple[tuple[int, int], ...], counted: bool = False) -> Callable[[Rng, bool], Iterator[Call]]:
    """`counted`: one more case, whose layer counts how often it was given too many examples."""

    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n, (count, piece) in enumerate(sizes):
            if hidden:
                count, piece = count * 2, piece * 2
            width = size(rng, 2, 4) if hidden else [2, 3, 1][n % 3]
            kind, made = [("Scale", "w"), ("Shift", "b"), ("Scale", "w")][n % 3]
            steps = (
                given("model", kind, nonzero(rng, (width,), 2.0)),
                apply(ref("model"), nonzero(rng, (count, width)), nonzero(rng, (count, width)), piece, label="grads"),
            )
            yield Call(f"{count} examples in pieces of {piece}, a {kind} layer", steps=steps)
        if counted:
            piece = size(rng, 3, 5) if hidden else 2
            steps = (
                given("model", "Narrow", nonzero(rng, (2,), 2.0), piece),
                apply(ref("model"), nonzero(rng, (2 * piece, 2)), nonzero(rng, (2 * piece, 2)), piece, label="grads"),
                read("model", "too_many", label=f"times that the layer was given more than {piece} examples"),
            )
            yield Call(f"{2 * piece} examples in pieces of {piece}, a layer that counts examples", steps=steps)

    return cases


def stepping(keep: str) -> Callable[[Rng, bool], Iterator[Call]]:
    """The cases of a part.

    "update": the output, and the weights after a step. "scale": dx where the weights do not move. "order": dx where
    they do.
    """

    def cases(rng: Rng, hidden: bool) -> Iterator[Call]:
        for n in (0, 1, 2):
            about, (w, b), shape, out_shape = linear(rng, hidden, n)
            count = 2 + n
            x, dout = batch(rng, count, shape, n == 0), batch(rng, count, out_shape, n == 0)
            lr = [0.5, 0.125, 0.25][n]
            if keep == "scale":
                x = np.zeros_like(x)
            forward = call("layer", "forward", x, label="out") if keep == "update" else do("layer", "forward", x)
            steps = make("layer", w, b, lr), forward
            if keep == "update":
                ends = do("layer", "backward", dout), read("layer", "w", label="w"), read("layer", "b", label="b")
            else:
                ends = (call("layer", "backward", dout, label="dx"),)
            zeros = ", x of zeros" if keep == "scale" else ""
            yield Call(f"learning rate {lr}, batch of {count}, {about}{zeros}", steps=(*steps, *ends))
        if keep == "order":
            about, (w, b), shape, out_shape = linear(rng, hidden, 1)
            x, dout = batch(rng, 2, shape), batch(rng, 2, out_shape)
            steps = make("layer", w, b, 1.0), do("layer", "forward", x), call("layer", "backward", dout, label="dx")
            yield Call(f"learning rate 1, batch of 2, {about}", steps=steps)

    return cases


# ------------------------------------------------------------------------------------------ exercises

SGD_SETTINGS = [("learning rate 0.5", (0.5,)), ("learning rate 0.125", (0.125,))]
MOMENTUM_SETTINGS = [
    ("learning rate 0.5, momentum 0.75", (0.5, 0.75)),
    ("learning rate 0.25, momentum as by default", (0.25,)),
    ("learning rate 0.125, momentum 0.5", (0.125, 0.5)),
]
RMSPROP_SETTINGS = [
    ("learning rate 0.5, alpha 0.75, eps 0.25", (0.5, 0.75, 0.25)),
    ("learning rate 0.125, alpha 0.5, eps as by default", (0.125, 0.5)),
    ("everything as by default", ()),
]
ADAM_SETTINGS = [
    ("learning rate 0.5, betas (0.75, 0.875), eps 0.25", (0.5, (0.75, 0.875), 0.25)),
    ("learning rate 0.25, betas (0.5, 0.75), eps as by default", (0.25, (0.5, 0.75))),
    ("learning rate 0.25, betas and eps as by default", (0.25,)),
]
ADAM_FIRST = [*ADAM_SETTINGS, ("everything as by default", ())]

PATIENTS = {"one": "d", "two": "f", "three": "a", "four": "g", "five": "b"}

EXERCISES = [
    Exercise(
        "linear-layer",
        "Linear",
        oracle=RightLinear,
        parts=weighted_parts(linear, (2, 3, 3, 1), (2, 2, 3, 2, 1), 10),
    ),
    Exercise(
        "relu-layer",
        "ReLU",
        oracle=reference.ReLU,
        parts=[
            part("forward", 1, relu_cases("out"), 20),
            part("dx", 2, relu_cases("dx"), 21),
            part("again", 2, relu_again, 22),
        ],
    ),
    Exercise(
        "conv-layer",
        "Conv2d",
        oracle=RightConv2d,
        parts=weighted_parts(conv, (1, 2, 2, 2, 3), (2, 3, 3, 2, 1), 30),
    ),
    Exercise(
        "sequential",
        "Sequential",
        oracle=RightSequential,
        parts=[
            part("forward", 1, sequential_cases(("S", "SH", "HS", "SRHS"), net_forward), 40),
            part("dx", 2, sequential_cases(("SR", "RHS", "QS", "SQRS"), net_dx), 41),
            part("params", 2, sequential_params, 42),
            part("grads", 3, sequential_grads, 43),
        ],
    ),
    Exercise(
        "softmax-cross-entropy",
        "softmax_cross_entropy",
        ("scores", "y"),
        right_loss,
        [
            PartOf(
                "loss",
                list(plain_scores(np.random.default_rng([LESSON, 50]), False)),
                lambda rng: list(plain_scores(rng, True)),
                ("loss",),
                3,
            ),
            PartOf(
                "dscores",
                list(plain_scores(np.random.default_rng([LESSON, 51]), False)),
                lambda rng: list(plain_scores(rng, True)),
                ("dscores",),
                4,
            ),
            PartOf(
                "stable",
                list(large_scores(np.random.default_rng([LESSON, 52]), False)),
                lambda rng: list(large_scores(rng, True)),
                ("loss", "dscores"),
                3,
            ),
        ],
        ("loss", "dscores"),
    ),
    Exercise(
        "he-std",
        "he_std",
        ("shape",),
        right_he_std,
        [part("dense", 1, dense_shapes, 60), part("kernels", 2, kernel_shapes, 61)],
    ),
    optimizer(
        "sgd",
        "SGD",
        reference.SGD,
        SGD_SETTINGS,
        {"first": 1, "several": 1, "missing": 1, "in-place": 1},
        70,
    ),
    optimizer(
        "momentum",
        "Momentum",
        reference.Momentum,
        MOMENTUM_SETTINGS,
        {"first": 1, "third": 2, "several": 1, "missing": 1, "models": 1, "in-place": 1},
        80,
    ),
    optimizer(
        "rmsprop",
        "RMSprop",
        reference.RMSprop,
        RMSPROP_SETTINGS,
        {"first": 1, "third": 2, "several": 1, "missing": 1, "models": 1, "in-place": 1},
        90,
    ),
    optimizer(
        "adam",
        "Adam",
        reference.Adam,
        ADAM_FIRST,
        {"first": 2, "third": 3, "several": 1, "missing": 1, "models": 1, "in-place": 1},
        100,
    ),
    *(
        Value(f"patient-{word}", f"patient_{word}", letter, 2, says_not_yet=f"the illness of patient {word}")
        for word, letter in PATIENTS.items()
    ),
    Exercise(
        "mend-pieces",
        "gradients_in_pieces",
        ("model", "x", "target", "size"),
        right_gradients_in_pieces,
        [
            part("even", 2, pieces(((4, 2), (6, 2), (6, 3), (3, 5)), counted=True), 120),
            part("uneven", 2, pieces(((3, 2), (5, 3), (7, 4))), 121),
        ],
    ),
    Exercise(
        "mend-stepping",
        "SteppingLinear",
        oracle=RightSteppingLinear,
        parts=[
            part("update", 1, stepping("update"), 130),
            part("scale", 2, stepping("scale"), 131),
            part("order", 2, stepping("order"), 132),
        ],
    ),
    # optional, without marks
    Exercise("learning-rate-finder", "learning_rate_finder", ("net", "optimizer", "x", "y")),
]
