"""What the marked cells of lesson {number} check."""

import numpy as np

from grading.lesson.draw import eighths, size
from grading.lesson.exercise import Call, Exercise, PartOf


def values_calls(rng):
    """Of the same kinds at each draw: a small case that can be followed by hand, then all sizes apart, then equal."""
    a = size(rng, 2, 4)
    shapes = [(3,), (a, a + 2), (a, a)]
    return [Call(f"an array of shape {shape}", (eighths(rng, shape),)) for shape in shapes]


EXERCISES = [
    Exercise(
        id="{exercise}",
        function="double",
        arguments=("x",),
        oracle=lambda x: 2 * x,
        parts=[PartOf("values", values_calls(np.random.default_rng([{seed}, 1])), values_calls, points=2)],
    ),
]
