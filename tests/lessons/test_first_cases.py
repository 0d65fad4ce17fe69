"""The first case of every part can be followed by hand: it is small, and in whole numbers where that can be."""

import numpy as np
import pytest

from convschool.cases import load
from grading.lesson.places import COURSE

MOST_NUMBERS = 60
# Learning rates, logits, weights drawn for a net: halves, quarters and eighths are their nature.
FRACTIONS = {"06-training", "07-lenet", "08-weight-sharing"}
FRACTIONS_IN = {
    "conv2d-forward-batch",  # biases of 1/2
    "conv2d-forward-padding",
    "learning-rate-mend-single",  # a learning rate
    "learning-rate-mend-stack",
    "numerical-gradient-coupled",  # the step
    "frozen-mend-single",  # rates
    "frozen-mend-chain",
}
LESSONS = sorted(file.parent.name for file in COURSE.glob("*/checks.npz"))


def arrays_in(value):
    if isinstance(value, np.ndarray | float):
        yield np.asarray(value)
    elif isinstance(value, dict):
        yield from arrays_in(list(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from arrays_in(item)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_first_case_of_a_part_can_be_followed_by_hand(lesson):
    large, broken = {}, set()
    for part_id, part in load(COURSE / lesson / "checks.npz").items():
        for case in part.cases[:1]:
            arrays = [*arrays_in(case.args), *arrays_in(case.steps)]
            count = sum(array.size for array in arrays)
            if count > MOST_NUMBERS:
                large[part_id] = count
            if not all((array == np.round(array)).all() for array in arrays):
                broken.add(part_id)
    assert large == {}
    assert lesson in FRACTIONS or broken == broken & FRACTIONS_IN
