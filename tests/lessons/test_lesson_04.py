"""The numbers that lesson 04 states, with its own answers in place."""

import matplotlib
import numpy as np
import pytest

import reference
from grading.lesson.load import load_lesson
from grading.lesson.notebook import source_notebook

LESSON = "04-pooling"
POOLING = ("max_pool2d", "avg_pool2d")


@pytest.fixture(scope="module")
def solved():
    """The names that the lesson's cells bind, and all that they print; marked cells are left out."""
    printed = []
    names = {"__name__": "__main__", "print": lambda *parts, **_: printed.append(" ".join(map(str, parts)))}
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    for cell in source_notebook(load_lesson(LESSON)).cells:
        if cell.cell_type == "code" and not cell.metadata["nbgrader"]["grade"]:
            exec(compile(cell.source, cell.id, "exec"), names)
    matplotlib.use(backend)
    return names, "\n".join(printed)


def test_the_examples_by_hand_are_what_the_text_says(solved):
    names, _ = solved
    x, dout = names["x_small"][None, None], names["dout_small"][None, None]
    assert (reference.max_pool2d(x, 2, 1)[0, 0] == [[7, 7], [8, 6]]).all()
    assert (names["out_max_small"] == [[7, 7], [8, 6]]).all()
    assert (reference.avg_pool2d(x, 2, 1)[0, 0] == [[4, 4], [3.75, 3.5]]).all()
    assert (names["out_avg_small"] == [[4, 4], [3.75, 3.5]]).all()
    back = [[0, 12, 0], [0, 0, 0], [20, 0, -4]]
    assert (reference.max_pool2d_backward(dout, x, 2, 1)[0, 0] == back).all()
    assert np.abs(names["slopes"] - back).max() < 1e-6
    spread = [[1, 3, 2], [6, 7, 1], [5, 4, -1]]
    assert (reference.avg_pool2d_backward(dout, x, 2, 1)[0, 0] == spread).all()
    assert (names["from_window"].sum(axis=0) == spread).all()


@pytest.mark.parametrize("name", POOLING)
def test_the_answers_are_the_reference_on_the_digits(solved, name):
    names, _ = solved
    x = names["images"][:5, None]
    for kernel_size, stride in [(2, 2), (3, 2), ((1, 7), 2), (4, 4)]:
        out = getattr(reference, name)(x, kernel_size, stride)
        assert np.allclose(names[f"{name}_forward"](x, kernel_size, stride), out)
        dout = np.random.default_rng(0).normal(size=out.shape)
        dx = getattr(reference, f"{name}_backward")(dout, x, kernel_size, stride)
        assert np.allclose(names[f"{name}_backward"](dout, x, kernel_size, stride), dx)


def test_the_shift_experiment_gives_the_numbers_of_the_model_answer(solved):
    names, _ = solved
    rows = names["rows"]
    assert rows["pixels"] == pytest.approx((0.59, 1.15), abs=0.006)
    assert rows["max 2, stride 2"][0] == pytest.approx(0.46, abs=0.006)
    assert rows["max 4, stride 4"] == pytest.approx((0.34, 0.79), abs=0.006)
    ratios = {name: moved / other for name, (moved, other) in rows.items()}
    assert ratios["pixels"] == pytest.approx(0.52, abs=0.006)
    assert ratios["max 4, stride 4"] == pytest.approx(0.43, abs=0.006)
    assert all(ratios[f"mean {shape}"] < ratios[f"max {shape}"] for shape in ("2, stride 2", "4, stride 4"))


def test_fast_and_slow_agree_and_nothing_is_unanswered(solved):
    _, printed = solved
    assert printed.count("maximum agrees True, mean agrees True") == 5
    assert "agrees with your max_pool2d_backward, ties and all: True" in printed
    assert "False" not in printed and "Answer the exercise" not in printed


def test_a_border_of_zeros_wins_over_negative_pixels_and_minus_infinity_never(solved):
    _, printed = solved
    assert "border 0.0" in printed and "max 0.0" in printed
    assert "border -inf" in printed and "max -2.0" in printed


def test_three_relus_are_the_maximum_of_four_pixels(solved):
    names, _ = solved
    assert np.allclose(names["by_relu"], names["pooled_digit"])


def test_unpooling_puts_each_maximum_with_ink_at_a_recorded_place(solved):
    names, _ = solved
    tiles = names["recorded"].reshape(7, 4, 7, 4).any(axis=(1, 3))
    assert (tiles == (names["largest"] > 0)).all()
