"""One exercise of each kind."""

import numpy as np

from grading.lesson.draw import eighths, size
from grading.lesson.exercise import (
    AtMost,
    Call,
    Debug,
    Exercise,
    PartOf,
    Value,
    apply,
    call,
    do,
    given,
    make,
    read,
    ref,
)


class RightGain:
    def __init__(self, g):
        self.params, self.grads = {"g": g}, {}

    def forward(self, x):
        self.x = x
        return x * self.params["g"]

    def backward(self, dout):
        self.grads = {"g": (dout * self.x).sum(axis=0)}
        return dout * self.params["g"]


def right_descend(model, lr, steps):
    norms = []
    for _ in range(steps):
        norms.append(float(sum((p**2).sum() for p in model.params.values())))
        for name in model.grads:
            model.params[name] -= lr * model.grads[name]
    return norms


def double_calls(rng):
    shapes = [(2, 3), (size(rng, 2, 4), size(rng, 2, 4))]
    return [Call(f"an array of shape {shape}", (eighths(rng, shape),)) for shape in shapes]


def counts_calls(rng):
    return [Call("5x7", (5, 7)), Call("a large image", (size(rng, 1000, 9000), 10**10))]


def layer(name):
    """The cases of a part of `Gain`."""

    def cases(rng):
        n, d = size(rng, 2, 4), size(rng, 3, 5)
        x, dout, g = eighths(rng, (n, d)), eighths(rng, (n, d)), eighths(rng, (d,))
        steps = {
            "forward": [call("layer", "forward", x, label="out")],
            "backward": [
                do("layer", "forward", x),
                call("layer", "backward", dout, label="dx"),
                read("layer", "grads", "g", label="dg"),
            ],
            "again": [
                do("layer", "forward", x),
                do("layer", "backward", dout),
                do("layer", "forward", x[:1]),
                call("layer", "backward", dout[:1], label="dx"),
                read("layer", "grads", "g", label="dg"),
            ],
        }[name]
        return [Call(f"{n} rows, {d} columns", steps=(make("layer", g), *steps))]

    return PartOf(name, cases(np.random.default_rng([90, 1])), cases, points=1)


def descend_calls(rng):
    w, dw = eighths(rng, (3, 2)), eighths(rng, (3, 2))
    return [
        Call(
            "three steps",
            steps=(
                given("model", "Model", {"w": w}, {"w": dw}),
                apply(ref("model"), 0.5, 3, label="norms"),
                read("model", "params", "w", label="w"),
            ),
        )
    ]


def root_calls(rng):
    return [Call("small and large numbers", ([0.25, 3.0, float(size(rng, 10, 90)), 1e4],))]


def drawn(calls):
    return calls(np.random.default_rng([90, 2]))


EXERCISES = [
    Exercise(
        "double",
        "double",
        ("x",),
        lambda x: 2 * x,
        [PartOf("plain", drawn(double_calls), double_calls, points=2)],
    ),
    Exercise(
        "counts",
        "counts",
        ("height", "width"),
        lambda height, width: (height * width, 2 * (height + width) - 4),
        [PartOf(name, drawn(counts_calls), counts_calls, (name,), points=1) for name in ("pixels", "border")],
        results=("pixels", "border"),
    ),
    Exercise("gain-layer", "Gain", oracle=RightGain, parts=[layer(name) for name in ("forward", "backward", "again")]),
    Exercise(
        "descend",
        "descend",
        oracle=right_descend,
        parts=[PartOf("steps", drawn(descend_calls), descend_calls, points=2)],
    ),
    Value("how-many", "answer", 784, points=1, says_not_yet="the pixels of a digit"),
    Exercise(
        "root",
        "root",
        ("numbers",),
        lambda numbers: {"error": AtMost(1e-6), "count": len(numbers)},
        [PartOf("error", drawn(root_calls), root_calls, points=1)],
        subject="largest_error",
    ),
    Debug("mirror-case", "mirror_case", "mirror_with_bug", "mirror", points=1, bonus=True),
]
