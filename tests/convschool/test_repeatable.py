"""What is left to chance is found each time: entries that nobody wrote, and draws without a seed."""

import random

import numpy as np
import pytest

from convschool.cases import Case, Part
from convschool.repeatable import repeatable
from convschool.verdict import judge

PART = Part("doubled-values", "doubled", ("x",), (), (), 1e-4, (Case("zeros", (np.zeros(5),), np.zeros(5), {}),), {})


@pytest.mark.parametrize("make", ["np.empty(x.shape)", "np.empty_like(x)", "np.empty(5, dtype=np.float32)"])
def test_an_unwritten_entry_is_wrong_where_zero_is_right(make):
    namespace = {"np": np}
    exec(f"def doubled(x):\n    out = {make}\n    out[:4] = 2 * x[:4]\n    return out", namespace)
    assert not judge(PART, namespace["doubled"]).passed


def test_who_writes_every_entry_may_use_fresh_memory():
    def doubled(x):
        out = np.empty_like(x)
        out[:] = 2 * x
        return out

    assert judge(PART, doubled).passed


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c16", "i1", "i8", "u1", "u4", "?"])
def test_fresh_memory_is_the_same_each_time_and_not_zero(dtype):
    with repeatable():
        one, other = np.empty((3, 4), dtype), np.empty_like(np.zeros((3, 4), dtype))
    assert one.dtype == other.dtype == np.dtype(dtype) and one.tobytes() == other.tobytes()
    assert (one != 0).all()


def test_numpy_and_the_generators_are_left_as_they_were():
    empty, empty_like = np.empty, np.empty_like
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    expected = np.random.RandomState(1).rand(), random.Random(1).random()
    with pytest.raises(ZeroDivisionError), repeatable():
        np.random.rand(5)  # noqa: NPY002
        random.random()
        with repeatable():
            raise ZeroDivisionError
    assert (np.empty, np.empty_like) == (empty, empty_like)
    assert (np.random.rand(), random.random()) == expected  # noqa: NPY002
