"""What the operators promise about arrays: any layout, any float, nothing modified, shared or random."""

import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest

import reference


def operators():
    """Every public operator with arrays it takes: `(name, function, arrays)`."""
    rng = np.random.default_rng(3)
    draw = lambda *shape: rng.normal(size=shape)
    x, w, b = draw(2, 4, 6, 5), draw(6, 2, 3, 2), draw(6)
    conv = dict(stride=(2, 1), padding=1, groups=2)
    up = dict(stride=2, padding=1, output_padding=1, groups=2)
    wt, bt = draw(4, 3, 3, 2), draw(6)
    dout = draw(2, 6, 3, 6)
    dout_t = draw(2, 6, *reference.conv_transpose2d(x, wt, **up).shape[2:])
    pool = dict(kernel_size=3, stride=2, padding=1)
    dpool = draw(2, 4, 3, 3)
    one, done = draw(3, 2, 9), draw(3, 5, 7)
    w_one = draw(5, 2, 3)
    image, w3, w1, d3 = draw(2, 8, 12, 12), draw(8, 8, 3, 3), draw(8, 8, 1, 1), draw(2, 8, 12, 12)
    return [
        ("conv2d", lambda x, w, b: reference.conv2d(x, w, b, **conv), (x, w, b)),
        ("conv2d_backward", lambda d, x, w: reference.conv2d_backward(d, x, w, **conv), (dout, x, w)),
        ("conv2d 3x3", lambda x, w: reference.conv2d(x, w, padding=1), (image, w3)),
        ("conv2d_backward 3x3", lambda d, x, w: reference.conv2d_backward(d, x, w, padding=1), (d3, image, w3)),
        ("conv2d 1x1", reference.conv2d, (image, w1)),
        ("conv2d_backward 1x1", reference.conv2d_backward, (d3, image, w1)),
        ("conv_nd", reference.conv_nd, (one, w_one)),
        ("conv_nd_backward", reference.conv_nd_backward, (done, one, w_one)),
        ("conv_nd_fft", reference.conv_nd_fft, (one, w_one)),
        ("conv_nd_fft_backward", reference.conv_nd_fft_backward, (done, one, w_one)),
        ("conv_transpose2d", lambda x, w, b: reference.conv_transpose2d(x, w, b, **up), (x, wt, bt)),
        (
            "conv_transpose2d_backward",
            lambda d, x, w: reference.conv_transpose2d_backward(d, x, w, **up),
            (dout_t, x, wt),
        ),
        ("max_pool2d", lambda x: reference.max_pool2d(x, **pool), (x,)),
        ("max_pool2d 1", lambda x: reference.max_pool2d(x, 1), (x,)),
        ("max_pool2d 2", lambda x: reference.max_pool2d(x, 2), (image,)),
        ("max_pool2d_backward", lambda d, x: reference.max_pool2d_backward(d, x, **pool), (dpool, x)),
        ("max_pool2d_backward 1", lambda d, x: reference.max_pool2d_backward(d, x, 1), (x, x)),
        (
            "max_pool2d_backward 2",
            lambda d, x: reference.max_pool2d_backward(d, x, 2),
            (draw(2, 8, 6, 6), image),
        ),
        ("avg_pool2d", lambda x: reference.avg_pool2d(x, **pool), (x,)),
        ("avg_pool2d 1", lambda x: reference.avg_pool2d(x, 1), (x,)),
        ("avg_pool2d_backward", lambda d, x: reference.avg_pool2d_backward(d, x, **pool), (dpool, x)),
        ("avg_pool2d_backward 1", lambda d, x: reference.avg_pool2d_backward(d, x, 1), (x, x)),
        ("global_avg_pool", reference.global_avg_pool, (x,)),
        ("global_avg_pool_backward", reference.global_avg_pool_backward, (draw(2, 4, 1, 1), x)),
        ("global_max_pool", reference.global_max_pool, (x,)),
        ("global_max_pool_backward", reference.global_max_pool_backward, (draw(2, 4, 1, 1), x)),
        ("im2col", lambda x: reference.im2col(x, 3, 2, 1), (x,)),
        ("im2col 1", lambda x: reference.im2col(x, 1), (x,)),
        ("col2im", lambda c: reference.col2im(c, (2, 4, 6, 5), 3, 2, 1), (draw(2, 36, 9),)),
        ("col2im 1", lambda c: reference.col2im(c, (2, 4, 6, 5), 1), (draw(2, 4, 30),)),
    ]


def each(cases):
    return pytest.mark.parametrize("name, function, arrays", cases, ids=[name for name, _, _ in cases])


OPERATORS = operators()
each_operator = each(OPERATORS)


def results(value):
    return value if isinstance(value, tuple) else (value,)


def non_contiguous(array):
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "non-contiguous": non_contiguous,
    "negative strides": lambda array: np.flip(np.flip(array).copy()),
    "channels last": lambda array: np.moveaxis(np.moveaxis(array, 0, -1).copy(), -1, 0),
    "read-only": read_only,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "nested lists": lambda array: array.tolist(),
}


@each_operator
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layout_does_not_matter(name, function, arrays, dtype):
    arrays = [array.astype(dtype) for array in arrays]
    expected = results(function(*arrays))
    for layout, laid_out in LAYOUTS.items():
        if layout == "nested lists" and dtype == np.float32:
            continue  # a list of floats is float64
        ours = results(function(*map(laid_out, arrays)))
        for one, other in zip(ours, expected, strict=True):
            assert one.dtype == dtype and one.dtype.isnative, layout
            tolerance = 1e-5 if dtype == np.float32 else 1e-12
            np.testing.assert_allclose(one, other, rtol=0, atol=tolerance, err_msg=layout)


@each_operator
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_inputs_stay_and_results_are_new(name, function, arrays, dtype):
    arrays = [array.astype(dtype) for array in arrays]
    before = [array.copy() for array in arrays]
    outcome = results(function(*arrays))
    for result in outcome:
        assert result.dtype == dtype
        assert not any(np.shares_memory(result, array) for array in arrays)
        assert result.flags.writeable
        result.fill(7)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for i, result in enumerate(outcome):
        assert not any(np.shares_memory(result, other) for other in outcome[i + 1 :])
    first, kept = results(function(*arrays)), [result.copy() for result in results(function(*before))]
    function(*(2 * array for array in arrays))
    for result, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(result, copy)  # deterministic, and not overwritten by the next call


@each_operator
def test_float16_is_computed_in_float32(name, function, arrays):
    arrays = [array.astype(np.float16) for array in arrays]
    ours = results(function(*arrays))
    wide = results(function(*(array.astype(np.float32) for array in arrays)))
    for half, single in zip(ours, wide, strict=True):
        np.testing.assert_array_equal(half, single.astype(np.float16))


@each_operator
def test_other_types_are_refused(name, function, arrays):
    for dtype in (np.int64, np.uint8, bool, complex, object):
        with pytest.raises(TypeError, match=r"^\w+ must be float16, float32 or float64, not "):
            function(*(np.ones(array.shape, dtype) for array in arrays))


@each([case for case in OPERATORS if len(case[2]) > 1])
def test_mixed_types_are_refused(name, function, arrays):
    with pytest.raises(TypeError, match=r"^\w+ is float32 but \w+ is float64: give all arrays one type$"):
        function(*arrays[:-1], arrays[-1].astype(np.float32))


# the batch is the first axis of every array but w and b, which keep theirs and get zero gradients
@each([case for case in OPERATORS if not case[0].startswith("col2im")])
def test_an_empty_batch_gives_an_empty_result(name, function, arrays):
    w_and_b = range(2 if "backward" in name else 1, 3) if "conv" in name else ()
    batched = [array if i in w_and_b else array[:0] for i, array in enumerate(arrays)]
    dx, *others = results(function(*batched))
    full, *other_results = results(function(*arrays))
    assert dx.shape == (0, *full.shape[1:])
    for empty, whole in zip(others, other_results, strict=True):
        np.testing.assert_array_equal(empty, np.zeros_like(whole))


def test_col2im_of_an_empty_batch():
    assert reference.col2im(np.zeros((0, 36, 9)), (0, 4, 6, 5), 3, 2, 1).shape == (0, 4, 6, 5)


def mask(array):
    return np.ma.masked_greater(array, 0.5)


@each_operator
def test_a_mask_is_refused_and_not_lost(name, function, arrays):
    for i in range(len(arrays)):
        masked = [mask(array) if i == j else array for j, array in enumerate(arrays)]
        with pytest.raises(TypeError, match=r"^\w+ is a masked array, and its mask would be lost: give \w+\.filled"):
            function(*masked)


SCORES, CLASSES = np.array([[1.0, 2.0], [0.5, 0.0]]), np.array([1, 0])
LAYER = reference.Linear(2, 2, rng=0, dtype=np.float64)
LAYER.forward(SCORES)


@pytest.mark.parametrize(
    "name, call",
    [
        ("x", lambda: LAYER.forward(mask(SCORES))),
        ("x", lambda: LAYER.forward([mask(row) for row in SCORES])),
        ("dout", lambda: LAYER.backward(mask(SCORES))),
        ("scores", lambda: reference.softmax(mask(SCORES))),
        ("scores", lambda: reference.softmax_cross_entropy(mask(SCORES), CLASSES)),
        ("y", lambda: reference.softmax_cross_entropy(SCORES, mask(CLASSES))),
        ("scores", lambda: reference.accuracy(mask(SCORES), CLASSES)),
        ("y", lambda: reference.accuracy(SCORES, mask(CLASSES))),
        ("x", lambda: reference.evaluate(LAYER, mask(SCORES), CLASSES)),
        ("y", lambda: list(reference.minibatches(SCORES, mask(CLASSES), 1, np.random.default_rng(0)))),
        ("x", lambda: reference.numerical_gradient(np.sin, mask(SCORES), SCORES)),
        ("upstream", lambda: reference.numerical_gradient(np.sin, SCORES, mask(SCORES))),
        ("f(x)", lambda: reference.numerical_gradient(mask, SCORES, SCORES)),
        (
            "grads['p']",
            lambda: reference.SGD(SimpleNamespace(params={"p": SCORES}, grads={"p": mask(SCORES)}), 0.1).step(),
        ),
    ],
)
def test_a_mask_is_refused_by_everything_that_takes_an_array(name, call):
    with pytest.raises(TypeError, match=f"^{re.escape(name)} is a masked array"):
        call()


class Celsius(np.ndarray):
    """A subclass with an arithmetic of its own."""

    def __add__(self, other):
        raise AssertionError("a plain array would not have come here")

    __mul__ = __matmul__ = __add__


@each_operator
def test_subclasses_are_taken_as_plain_arrays(name, function, arrays):
    expected = results(function(*arrays))
    for one, other in zip(results(function(*(a.view(Celsius) for a in arrays))), expected, strict=True):
        assert type(one) is np.ndarray
        np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_is_taken_as_a_plain_array():
    """Its `*` is a matrix product, which must not reach the formulas."""
    for ours, expected in [
        (LAYER.forward(np.matrix(SCORES)), LAYER.forward(SCORES)),
        (reference.softmax(np.matrix(SCORES)), reference.softmax(SCORES)),
        (reference.Tanh().forward(np.matrix(SCORES)), np.tanh(SCORES)),
    ]:
        assert type(ours) is np.ndarray
        np.testing.assert_array_equal(ours, expected)


def test_a_file_mapped_into_memory_is_read_as_an_array(tmp_path):
    np.save(tmp_path / "images.npy", np.arange(32.0).reshape(1, 2, 4, 4))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    pooled = reference.max_pool2d(mapped, 2)
    assert type(pooled) is np.ndarray and pooled.flags.writeable
    np.testing.assert_array_equal(pooled, reference.max_pool2d(np.array(mapped), 2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_threads_do_not_disturb_each_other(dtype):
    """Several threads at once, on different arrays of different sizes, get what each gets alone."""
    tasks = []
    for seed in range(4):
        for name, function, arrays in OPERATORS:
            rng = np.random.default_rng(seed)
            arrays = [rng.normal(size=array.shape).astype(dtype) for array in arrays]
            tasks.append((name, function, arrays, results(function(*arrays))))
    wrong = []

    def work(mine):
        for _ in range(3):
            for name, function, arrays, expected in mine:
                if not all(map(np.array_equal, results(function(*arrays)), expected)):
                    wrong.append(name)

    threads = [threading.Thread(target=work, args=(tasks[i:] + tasks[:i],)) for i in range(0, len(tasks), 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
