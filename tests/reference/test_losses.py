"""Softmax cross-entropy: known values, gradient, stability, what it refuses."""

import math

import numpy as np
import pytest

from reference import accuracy, numerical_gradient, softmax, softmax_cross_entropy

SCORES = np.random.default_rng(0).standard_normal((6, 4)) * 3
Y = np.array([0, 3, 1, 1, 2, 0])


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    loss, dscores = softmax_cross_entropy(np.zeros((3, 10)), np.array([0, 5, 9]))
    assert loss == pytest.approx(math.log(10))
    np.testing.assert_allclose(dscores[0], [-0.9 / 3, *[0.1 / 3] * 9])


def test_loss_is_the_mean_of_minus_log_of_the_true_class():
    p = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
    loss, dscores = softmax_cross_entropy(SCORES, Y)
    np.testing.assert_allclose(loss, -np.log(p[range(6), Y]).mean())
    np.testing.assert_allclose(softmax(SCORES), p)
    np.testing.assert_allclose(dscores.sum(axis=1), 0, atol=1e-16)


def test_gradient_equals_central_differences():
    upstream = np.float64(1.7)
    expected = numerical_gradient(lambda s: softmax_cross_entropy(s, Y)[0], SCORES, upstream)
    np.testing.assert_allclose(upstream * softmax_cross_entropy(SCORES, Y)[1], expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_huge_scores_do_not_overflow(dtype):
    scores = np.array([[30000, -30000, 0], [0, 30000, 1], [-6e4, -6e4, -6e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, dscores = softmax_cross_entropy(scores, np.array([0, 2, 1]))
        probabilities = softmax(scores)
    assert loss.dtype == dscores.dtype == probabilities.dtype == dtype
    assert loss == pytest.approx((0 + 29999 + math.log(3)) / 3, rel=1e-3)
    np.testing.assert_allclose(probabilities, [[1, 0, 0], [0, 1, 0], [1 / 3] * 3], rtol=1e-3)
    np.testing.assert_allclose(dscores[1], [0, 1 / 3, -1 / 3], rtol=1e-3)


def test_a_shift_of_all_scores_of_a_row_changes_nothing():
    shifted = SCORES + np.arange(6)[:, None]
    for ours, expected in zip(softmax_cross_entropy(shifted, Y), softmax_cross_entropy(SCORES, Y), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-14)


def test_the_arguments_are_left_alone():
    scores, y = SCORES.copy(), Y.copy()
    softmax_cross_entropy(scores, y)
    softmax(scores)
    np.testing.assert_array_equal(scores, SCORES)
    np.testing.assert_array_equal(y, Y)


def test_an_empty_batch_has_no_mean():
    loss, dscores = softmax_cross_entropy(np.zeros((0, 3), np.float32), np.zeros(0, int))
    assert np.isnan(loss) and dscores.shape == (0, 3) and dscores.dtype == np.float32


@pytest.mark.parametrize(
    ("scores", "y", "error", "message"),
    [
        (SCORES, Y[:5], ValueError, r"y has shape \(5,\).*\(6, 4\)"),
        (SCORES, Y[:, None], ValueError, r"y has shape \(6, 1\)"),
        (SCORES[0], Y, ValueError, r"scores has shape \(4,\)"),
        (SCORES[:, :0], Y, ValueError, r"scores has shape \(6, 0\)"),
        (SCORES, Y + 1, ValueError, "0 ... 3, but reaches from 1 to 4"),
        (SCORES, Y - 1, ValueError, "from -1"),
        (SCORES, Y.astype(float), TypeError, "y must be of integers"),
        (SCORES.astype(int), Y, TypeError, "scores must be"),
    ],
)
def test_bad_arguments_are_named(scores, y, error, message):
    with pytest.raises(error, match=message):
        softmax_cross_entropy(scores, y)


def test_accuracy_counts_the_first_largest_score():
    assert accuracy(np.array([[1, 1, 0], [0, 0, 5], [9, 1, 2], [0, 1, 1]]), np.array([0, 2, 1, 2])) == 0.5
    with pytest.raises(ValueError, match=r"y has shape \(2,\)"):
        accuracy(SCORES, Y[:2])
