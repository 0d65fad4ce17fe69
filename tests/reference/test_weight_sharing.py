"""Weight counts: the course's orders of magnitude, and each count against an explicit matrix of connections."""

import numpy as np
import pytest

from reference import (
    convolutional_weights,
    fully_connected_weights,
    im2col,
    locally_connected_weights,
)


def test_images_of_hundreds_and_thousands_of_pixels():
    assert fully_connected_weights((1, 100, 100), (1, 100, 100)) == 10**8
    assert fully_connected_weights((1, 1000, 1000), (1, 1000, 1000)) == 10**12
    assert locally_connected_weights((1, 109, 109), 1, 10) == 10**6
    assert convolutional_weights((1, 109, 109), 1, 10) == 100
    assert convolutional_weights((1, 1000, 1000), 100, 10) == 10**4


@pytest.mark.parametrize(
    ("shape", "maps", "kernel", "geometry"),
    [((1, 5, 6), 1, 3, {}), ((3, 7, 5), 4, (3, 2), {"stride": (2, 1)}), ((2, 6, 6), 3, 3, {"padding": 1})],
)
def test_local_weights_are_one_per_connection(shape, maps, kernel, geometry):
    columns = im2col(np.zeros((1, *shape)), kernel, **geometry)  # one column of connections for each place
    assert locally_connected_weights(shape, maps, kernel, **geometry) == maps * columns.size
    assert convolutional_weights(shape, maps, kernel) == maps * columns.shape[1]


def test_with_a_window_as_large_as_the_image_all_three_agree():
    shape, maps = (3, 6, 4), 5
    counts = {
        fully_connected_weights(shape, (maps, 1, 1)),
        locally_connected_weights(shape, maps, shape[1:]),
        convolutional_weights(shape, maps, shape[1:]),
    }
    assert counts == {360}
