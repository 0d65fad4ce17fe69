"""What the marked cells of the lesson to attack check.

A visible array holds halves, a hidden one numbers with six digits: an attack can tell which it met, and the
runner can tell whether a hidden number got out.
"""

import numpy as np

from convschool.functions import cube, sine
from grading.lesson.exercise import Call, Exercise, PartOf


def halves(seed, *shape):
    return np.random.default_rng(seed).permutation(np.arange(1.0, 1 + np.prod(shape)) / 2).reshape(shape)


def digits(rng, *shape):
    return np.round(rng.uniform(0.1, 2.9, shape), 6)


def slope_of(f, x):
    return 3 * x**2 if f is cube else np.cos(x)


EXERCISES = [
    Exercise(
        "mean",
        "mean",
        ("x",),
        lambda x: float(x.mean()),
        [
            PartOf(
                "value",
                [Call("a 2x3 array", (halves(1, 2, 3),))],
                lambda rng: [Call("a 3x4 array", (digits(rng, 3, 4),)), Call("5 numbers", (digits(rng, 5),))],
                points=1,
            )
        ],
    ),
    Exercise(
        "double",
        "double",
        ("x",),
        lambda x: 2 * x,
        [
            PartOf(
                "plain",
                [Call("a 2x3 array", (halves(2, 2, 3),))],
                lambda rng: [Call("a 3x4 array", (digits(rng, 3, 4),)), Call("5 numbers", (digits(rng, 5),))],
                points=2,
            ),
            PartOf(
                "negative",
                [Call("below zero", (-halves(3, 4),))],
                lambda rng: [Call("below zero", (-digits(rng, 2, 5),))],
                points=1,
            ),
        ],
    ),
    Exercise(
        "slope",
        "slope",
        ("f", "x"),
        slope_of,
        [
            PartOf(
                "callback",
                [Call("x**3", (cube, halves(4, 3)))],
                lambda rng: [Call("x**3", (cube, digits(rng, 4))), Call("the sine", (sine, digits(rng, 2, 3)))],
                points=2,
            )
        ],
    ),
    Exercise(
        "scaler",
        "scaled",
        ("x", "w"),
        lambda x, w: w * x,
        [
            PartOf(
                "forward",
                [Call("w = 3", (halves(5, 2, 2), 3.0))],
                lambda rng: [Call("another w", (digits(rng, 6), float(digits(rng))))],
                points=1,
            )
        ],
    ),
    Exercise(
        "product",
        "product_backward",
        ("dout", "x", "w"),
        lambda dout, x, w: (dout * w, dout * x),
        [
            PartOf(
                name,
                [Call("2x2 arrays", (halves(6, 2, 2), halves(7, 2, 2), halves(8, 2, 2)))],
                lambda rng: [Call("3x2 arrays", tuple(digits(rng, 3, 2) for _ in range(3)))],
                (name,),
                points=1,
            )
            for name in ("dx", "dw")
        ],
        results=("dx", "dw"),
    ),
]
