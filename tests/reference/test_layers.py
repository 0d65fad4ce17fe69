"""Every layer: gradients by central differences, adjoints, what it promises about types, memory and errors."""

import numpy as np
import pytest

from reference import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Inception,
    Layer,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
    numerical_gradient,
)

IMAGES = (2, 4, 6, 5)


def batch_norm_after_training(dtype):
    layer = BatchNorm2d(4, dtype=dtype)
    layer.forward(np.random.default_rng(5).standard_normal((3, 4, 2, 2)).astype(dtype) * 3 + 1)
    return layer.eval()


# Name: (dtype -> a new layer, always the same one; shape of x)
LAYERS = {
    "conv": (lambda dtype: Conv2d(4, 3, 3, rng=0, dtype=dtype), IMAGES),
    "conv-all": (
        lambda dtype: Conv2d(4, 6, (3, 2), (2, 1), ((1, 0), (0, 2)), (1, 2), groups=2, rng=0, dtype=dtype),
        IMAGES,
    ),
    "conv-no-bias": (lambda dtype: Conv2d(4, 3, 3, padding="same", bias=False, rng=0, dtype=dtype), IMAGES),
    "conv-transpose": (lambda dtype: ConvTranspose2d(4, 3, 3, rng=0, dtype=dtype), IMAGES),
    "conv-transpose-all": (
        lambda dtype: ConvTranspose2d(4, 6, (3, 2), (3, 2), 1, (2, 1), groups=2, rng=0, dtype=dtype),
        IMAGES,
    ),
    "max-pool": (lambda dtype: MaxPool2d(2), IMAGES),
    "max-pool-all": (lambda dtype: MaxPool2d(3, 2, 1, (1, 2), ceil_mode=True), IMAGES),
    "avg-pool": (lambda dtype: AvgPool2d((2, 3)), IMAGES),
    "avg-pool-all": (lambda dtype: AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), IMAGES),
    "global-avg-pool": (lambda dtype: GlobalAvgPool2d(), IMAGES),
    "relu": (lambda dtype: ReLU(), IMAGES),
    "sigmoid": (lambda dtype: Sigmoid(), IMAGES),
    "tanh": (lambda dtype: Tanh(), (3, 7)),
    "linear": (lambda dtype: Linear(7, 5, rng=0, dtype=dtype), (3, 7)),
    "linear-no-bias": (lambda dtype: Linear(7, 5, bias=False, rng=0, dtype=dtype), (3, 7)),
    "flatten": (lambda dtype: Flatten(), IMAGES),
    "dropout": (lambda dtype: Dropout(0.4, rng=0), IMAGES),
    "dropout-eval": (lambda dtype: Dropout(0.4, rng=0).eval(), IMAGES),
    "batch-norm": (lambda dtype: BatchNorm2d(4, dtype=dtype), IMAGES),
    "batch-norm-eval": (batch_norm_after_training, IMAGES),
    "local-response-norm": (lambda dtype: LocalResponseNorm(3, alpha=2.0, beta=0.6, k=1.5), IMAGES),
    "local-response-norm-even": (lambda dtype: LocalResponseNorm(4, alpha=2.0), IMAGES),
    "local-response-norm-wide": (lambda dtype: LocalResponseNorm(11, alpha=2.0), IMAGES),
    "inception": (lambda dtype: Inception(4, 2, 3, 4, 2, 3, 2, rng=0, dtype=dtype), IMAGES),
    "sequential": (
        lambda dtype: Sequential(
            Conv2d(4, 3, 3, rng=0, dtype=dtype),
            BatchNorm2d(3, dtype=dtype),
            Tanh(),
            Flatten(),
            Linear(36, 5, rng=1, dtype=dtype),
        ),
        IMAGES,
    ),
}
LINEAR = ["conv-no-bias", "avg-pool", "avg-pool-all", "global-avg-pool", "linear-no-bias", "flatten", "dropout"]

every_layer = pytest.mark.parametrize("name", LAYERS)


def case(name, dtype=np.float64):
    """A new layer, an input and an upstream gradient."""
    make, shape = LAYERS[name]
    rng = np.random.default_rng(1)
    x = rng.standard_normal(shape).astype(dtype)
    dout = rng.standard_normal(make(dtype).forward(x).shape).astype(dtype)
    return make(dtype), x, dout


@every_layer
def test_input_gradient_equals_central_differences(name):
    layer, x, dout = case(name)
    layer.forward(x)
    expected = numerical_gradient(lambda x: LAYERS[name][0](np.float64).forward(x), x, dout)
    np.testing.assert_allclose(layer.backward(dout), expected, rtol=1e-6, atol=1e-7)


@every_layer
def test_parameter_gradients_equal_central_differences(name):
    layer, x, dout = case(name)
    layer.forward(x)
    layer.backward(dout)
    assert list(layer.grads) == list(layer.params)
    for key in layer.params:

        def forward(p, key=key):
            other = LAYERS[name][0](np.float64)
            other.params[key][...] = p
            return other.forward(x)

        expected = numerical_gradient(forward, layer.params[key], dout)
        np.testing.assert_allclose(layer.grads[key], expected, rtol=1e-6, atol=1e-7, err_msg=key)


@pytest.mark.parametrize("name", LINEAR)
def test_backward_of_a_linear_layer_is_its_adjoint(name):
    layer, x, y = case(name)
    out = layer.forward(x)
    np.testing.assert_allclose(np.vdot(out, y), np.vdot(x, layer.backward(y)), rtol=1e-12)


def test_transposed_convolution_is_the_adjoint_of_the_convolution_with_its_kernels():
    geometry = {
        "stride": (2, 3),
        "padding": 1,
        "dilation": (1, 2),
        "groups": 2,
        "bias": False,
        "dtype": np.float64,
    }
    conv = Conv2d(4, 6, 3, rng=0, **geometry)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 4, 9, 12))
    y = rng.standard_normal((2, *conv.output_shape(x.shape[1:])))
    transpose = ConvTranspose2d(6, 4, 3, rng=1, **geometry)
    transpose.params["w"][...] = conv.params["w"]
    assert transpose.forward(y).shape == x.shape
    np.testing.assert_allclose(np.vdot(conv.forward(x), y), np.vdot(x, transpose.forward(y)), rtol=1e-12)


@every_layer
def test_output_shape_is_the_shape_of_the_output(name):
    layer, x, dout = case(name)
    assert layer.output_shape(x.shape[1:]) == dout.shape[1:]


@every_layer
def test_float32_stays_float32_and_agrees_with_float64(name):
    layer, x, dout = case(name, np.float32)
    exact, _, _ = case(name)
    out, expected = layer.forward(x), exact.forward(x.astype(np.float64))
    dx, dx_expected = layer.backward(dout), exact.backward(dout.astype(np.float64))
    assert out.dtype == dx.dtype == np.float32
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(dx, dx_expected, rtol=1e-4, atol=1e-5)
    for key, grad in layer.grads.items():
        assert grad.dtype == layer.params[key].dtype == np.float32
        np.testing.assert_allclose(grad, exact.grads[key], rtol=1e-4, atol=1e-5, err_msg=key)


@every_layer
def test_arguments_are_neither_changed_nor_returned(name):
    layer, x, dout = case(name)
    x.flags.writeable = dout.flags.writeable = False
    x_before, dout_before = x.copy(), dout.copy()
    params_before = {key: p.copy() for key, p in layer.params.items()}
    out = layer.forward(x)
    dx = layer.backward(dout)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(dout, dout_before)
    for key, p in layer.params.items():
        np.testing.assert_array_equal(p, params_before[key])
    assert not np.shares_memory(out, x)
    assert not np.shares_memory(dx, dout)


@every_layer
def test_the_order_in_memory_does_not_matter(name):
    layer, x, dout = case(name)
    out, dx = layer.forward(x), layer.backward(dout)
    grads = dict(layer.grads)
    batch_last = lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0)
    layer, _, _ = case(name)
    np.testing.assert_allclose(layer.forward(batch_last(x)), out, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(batch_last(dout)), dx, rtol=1e-9, atol=1e-12)
    for key, grad in layer.grads.items():
        np.testing.assert_allclose(grad, grads[key], rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize(
    "name", ["relu", "sigmoid", "dropout", "dropout-eval", "batch-norm", "batch-norm-eval", "local-response-norm"]
)
def test_pointwise_layers_keep_the_batch_last_in_memory(name):
    layer, x, dout = case(name)
    batch_last = lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0)
    out = layer.forward(batch_last(x))
    dx = layer.backward(batch_last(dout))
    assert np.moveaxis(out, 0, -1).flags.c_contiguous
    assert np.moveaxis(dx, 0, -1).flags.c_contiguous


def test_flatten_hands_its_gradient_on_in_the_order_of_its_input():
    layer = Flatten()
    x = np.random.default_rng(0).normal(size=(3, 2, 3, 5)).transpose(3, 1, 0, 2)  # the batch last in memory
    dx = layer.backward(layer.forward(x))
    assert dx.strides == x.strides
    np.testing.assert_array_equal(dx, x)
    assert not np.shares_memory(dx, x)


@pytest.mark.parametrize("name", [name for name in LAYERS if name not in ("batch-norm", "sequential")])
def test_an_empty_batch_gives_an_empty_output_and_zero_gradients(name):
    layer, x, dout = case(name)
    assert layer.forward(x[:0]).shape == dout[:0].shape
    assert layer.backward(dout[:0]).shape == x[:0].shape
    for key, grad in layer.grads.items():
        np.testing.assert_array_equal(grad, np.zeros_like(layer.params[key]))


@every_layer
def test_backward_refuses_what_does_not_belong_to_the_last_output(name):
    layer, x, dout = case(name)
    if name != "batch-norm-eval":  # has been trained
        with pytest.raises(RuntimeError, match="forward"):
            layer.backward(dout)
    layer.forward(x)
    wrong = dout[..., :-1]
    with pytest.raises(ValueError, match="dout") as error:
        layer.backward(wrong)
    assert str(wrong.shape) in str(error.value) and str(dout.shape) in str(error.value)
    with pytest.raises(TypeError, match="dout"):
        layer.backward(dout.astype(np.float32))


@every_layer
def test_integers_are_refused(name):
    layer, x, _ = case(name)
    with pytest.raises(TypeError, match="x must be"):
        layer.forward(x.astype(np.int64))


@pytest.mark.parametrize("name", [name for name in LAYERS if LAYERS[name][0](np.float32).params])
def test_an_input_of_another_type_than_the_parameters_is_refused(name):
    layer, x, _ = case(name, np.float32)
    with pytest.raises(TypeError, match="float64"):
        layer.forward(x.astype(np.float64))


@pytest.mark.parametrize("name", [n for n in LAYERS if LAYERS[n][0](np.float32).params and n != "sequential"])
def test_an_input_of_the_wrong_shape_is_refused_with_both_shapes(name):
    layer, x, _ = case(name)
    with pytest.raises(ValueError) as error:
        layer.forward(np.repeat(x, 2, axis=1))
    assert str(np.repeat(x, 2, axis=1).shape) in str(error.value)
    with pytest.raises(ValueError):
        layer.output_shape((2 * x.shape[1], *x.shape[2:]))


@pytest.mark.parametrize("name", ["max-pool", "avg-pool", "relu", "sigmoid", "tanh", "flatten", "dropout"])
def test_float16_without_parameters_stays_float16(name):
    layer, x, dout = case(name)
    out = layer.forward(x.astype(np.float16))
    assert out.dtype == layer.backward(dout.astype(np.float16)).dtype == np.float16


def test_the_worked_run_of_a_convolution_layer():
    """Forward, error passed down and one step, as printed in the course's sources."""
    x = np.array(
        [
            [[0, 1, 1, 0, 2], [2, 2, 2, 2, 1], [1, 0, 0, 2, 0], [0, 1, 1, 0, 0], [1, 2, 0, 0, 2]],
            [[1, 0, 2, 2, 0], [0, 0, 0, 2, 0], [1, 2, 1, 2, 1], [1, 0, 0, 0, 0], [1, 2, 1, 1, 1]],
            [[2, 1, 2, 0, 0], [1, 0, 0, 1, 0], [0, 2, 1, 0, 1], [0, 1, 2, 2, 2], [2, 1, 0, 0, 1]],
        ],
        float,
    )[None]
    dout = np.array([[[0, 1, 1], [2, 2, 2], [1, 0, 0]], [[1, 0, 2], [0, 0, 0], [1, 2, 1]]], float)[None]
    w = np.array(
        [
            [
                [[-1, 1, 0], [0, 1, 0], [0, 1, 1]],
                [[-1, -1, 0], [0, 0, 0], [0, -1, 0]],
                [[0, 0, -1], [0, 1, 0], [1, -1, -1]],
            ],
            [
                [[1, 1, -1], [-1, -1, 1], [0, -1, 1]],
                [[0, 1, 0], [-1, 0, -1], [-1, 1, 0]],
                [[-1, 0, 0], [-1, 0, 1], [-1, 0, 0]],
            ],
        ],
        float,
    )
    layer = Conv2d(3, 2, 3, stride=2, padding=1, dtype=np.float64)
    layer.params["w"][...] = w
    layer.params["b"][...] = [1, 0]
    out = layer.forward(x)
    np.testing.assert_array_equal(
        out[0], [[[6, 7, 5], [3, -1, -1], [2, -1, 4]], [[2, -5, -8], [1, -4, -4], [0, -5, -5]]]
    )
    np.testing.assert_array_equal(
        layer.backward(dout)[0],
        [
            [[-1, 1, 1, -2, -1], [1, -1, 3, -1, 1], [2, 0, 2, 0, 2], [4, 3, 4, 1, 3], [0, -1, -2, 1, -1]],
            [[0, -1, 0, -2, 0], [-1, -2, -3, -4, -1], [0, 0, 0, 0, 0], [-2, 0, 0, 0, -1], [0, -3, 0, -3, 0]],
            [[0, 1, 1, -2, 1], [0, -1, -1, -4, -1], [2, 0, 2, 0, 2], [-2, -3, -2, -1, -2], [1, -1, 0, 1, 0]],
        ],
    )
    for key, p in layer.params.items():
        p -= 0.001 * layer.grads[key]
    np.testing.assert_allclose(
        layer.params["w"][0, 0], [[-1.008, 0.990, -0.009], [-0.005, 0.994, -0.006], [-0.006, 0.995, 0.996]]
    )
    np.testing.assert_allclose(
        layer.params["w"][1, 2],
        [[-1.004, -0.006, -0.005], [-1.002, -0.005, 0.998], [-1.002, -0.001, 0]],
        atol=1e-15,
    )
    np.testing.assert_allclose(layer.params["b"], [0.991, -0.007])


def test_sigmoid_is_exact_far_out():
    with np.errstate(all="raise", under="ignore"):
        y = Sigmoid().forward(np.array([[-800.0, -40.0, 0.0, 40.0, 800.0]]))
    np.testing.assert_allclose(y, [[0, np.exp(-40), 0.5, 1, 1]], rtol=1e-15)


def test_dropout_keeps_the_mean_and_drops_its_share():
    x = np.ones((100, 1000))
    layer = Dropout(0.3, rng=0)
    y = layer.forward(x)
    assert abs(np.mean(y == 0) - 0.3) < 0.01
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7])
    np.testing.assert_array_equal(layer.backward(x), y)
    assert not np.array_equal(layer.forward(x), y)
    np.testing.assert_array_equal(layer.eval().forward(x), x)
    np.testing.assert_array_equal(Dropout(1, rng=0).forward(x), np.zeros_like(x))


def test_batch_norm_normalises_the_batch_and_follows_its_statistics():
    x = np.random.default_rng(0).standard_normal((5, 2, 3, 4)) * [[[3.0]], [[0.5]]] + [[[7.0]], [[-1.0]]]
    layer = BatchNorm2d(2, dtype=np.float64)
    y = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-4)
    np.testing.assert_allclose(layer.running_mean, 0.1 * x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(layer.running_var, 0.9 + 0.1 * x.var(axis=(0, 2, 3), ddof=1))
    for _ in range(300):
        layer.forward(x)
    np.testing.assert_allclose(layer.eval().forward(x), y, atol=0.05)


def test_batch_norm_refuses_to_train_on_one_value_per_channel():
    layer = BatchNorm2d(2)
    with pytest.raises(ValueError, match="more than one value"):
        layer.forward(np.zeros((1, 2, 1, 1), np.float32))
    np.testing.assert_array_equal(layer.running_mean, 0)
    layer.eval().forward(np.zeros((1, 2, 1, 1), np.float32))


def test_local_response_norm_is_the_papers_formula():
    x = np.random.default_rng(0).standard_normal((2, 9, 3, 3))
    expected = np.empty_like(x)
    for c in range(9):  # Krizhevsky et al. 2012, section 3.3, with n = 5
        neighbours = x[:, max(0, c - 2) : min(8, c + 2) + 1]
        expected[:, c] = x[:, c] / (2 + 0.3 * (neighbours**2).sum(axis=1)) ** 0.75
    np.testing.assert_allclose(LocalResponseNorm(5, alpha=5 * 0.3, k=2.0).forward(x), expected)


def test_inception_stacks_its_branches():
    block = Inception(4, 2, 3, 4, 2, 3, 5, rng=0, dtype=np.float64)
    x = np.random.default_rng(1).standard_normal(IMAGES)
    out = block.forward(x)
    assert out.shape == (2, 2 + 4 + 3 + 5, 6, 5)
    np.testing.assert_array_equal(out[:, :2], block.layers["1x1"].forward(x))
    np.testing.assert_array_equal(out[:, 9:], block.layers["pool"].forward(x))


def test_containers_reach_all_their_layers():
    inner = Sequential({"norm": BatchNorm2d(4), "drop": Dropout()})
    model = Sequential({"conv": Conv2d(1, 4, 3), "inner": inner})
    assert list(model.params) == ["conv.w", "conv.b", "inner.norm.gamma", "inner.norm.beta"]
    assert model.params["inner.norm.gamma"] is inner.layers["norm"].params["gamma"]
    model.eval()
    assert not any(layer.training for layer in (model, inner, inner.layers["drop"]))
    model.train()
    assert all(layer.training for layer in (model, inner, inner.layers["drop"]))
    x = np.ones((2, 1, 5, 5), np.float32)
    model.backward(np.ones_like(model.forward(x)))
    assert model.grads.keys() == model.params.keys()
    model.clear_grads()
    assert model.grads == {}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Conv2d(0, 2, 3), "in_channels"),
        (lambda: Conv2d(2, 2.5, 3), "out_channels"),
        (lambda: Conv2d(2, 2, (3, 3, 3)), "kernel_size"),
        (lambda: Conv2d(2, 2, 3, stride=0), "stride"),
        (lambda: Conv2d(2, 2, 3, padding="full"), "padding"),
        (lambda: Conv2d(4, 6, 3, groups=3), "groups=3 must divide in_channels=4"),
        (lambda: ConvTranspose2d(4, 6, 3, output_padding=-1), "output_padding"),
        (lambda: Linear(3, 0), "out_features"),
        (lambda: Dropout(1.5), "p must lie in"),
        (lambda: LocalResponseNorm(0), "size"),
        (lambda: BatchNorm2d(0), "num_features"),
    ],
)
def test_a_wrong_argument_is_named_where_the_layer_is_built(build, message):
    with pytest.raises((ValueError, TypeError), match=message):
        build()


def test_the_same_seed_gives_the_same_layer_in_both_precisions():
    single, double = Conv2d(3, 4, 3, rng=7), Conv2d(3, 4, 3, rng=7, dtype=np.float64)
    np.testing.assert_array_equal(single.params["w"], double.params["w"].astype(np.float32))
    assert not np.array_equal(single.params["w"], Conv2d(3, 4, 3, rng=8).params["w"])


@pytest.mark.parametrize("make", [lambda: Conv2d(1, 2, 3), lambda: MaxPool2d(2), ReLU], ids=["conv", "pool", "relu"])
def test_forward_lets_go_of_the_last_one_before_it_computes(make):
    """Its memory is then used again, instead of asking the system for as much once more."""
    layer = make()
    layer.forward(np.ones((2, 1, 8, 8), np.float32))
    before = layer._saved
    assert before is not None
    seen = []
    layer._save = lambda out, *saved: seen.append(layer._saved) or out
    layer.forward(np.ones((2, 1, 8, 8), np.float32))
    assert seen == [None]


def test_a_layer_that_gives_no_gradient_must_be_the_first():
    """It is said there, not in the layer below, which would get None."""
    lacking = Conv2d(2, 2, 3, rng=0)
    lacking.input_gradient = False
    x = np.ones((1, 2, 8, 8), np.float32)
    for below in ([], [ReLU()]):
        model = Sequential(*below, lacking)
        dout = np.ones_like(model.forward(x))
        if below:
            with pytest.raises(RuntimeError, match="must be the first"):
                model.backward(dout)
        else:
            assert model.backward(dout) is None


def test_no_layers_are_the_identity():
    x = np.arange(4.0)
    np.testing.assert_array_equal(Sequential().forward(x), x)
    np.testing.assert_array_equal(Sequential().backward(x), x)


def test_a_layer_of_ones_own_may_set_its_dicts():
    class Scale(Layer):
        def __init__(self):
            super().__init__()
            self.params = {"g": np.array([2.0])}

        def forward(self, x):
            return self._save(self.params["g"] * x, x)

        def backward(self, dout):
            dout, (x,) = self._recall(dout)
            self.grads = {"g": np.sum(dout * x, keepdims=True)}
            return self.params["g"] * dout

    model = Sequential(Scale())
    np.testing.assert_array_equal(model.forward(np.array([3.0])), [6.0])
    np.testing.assert_array_equal(model.backward(np.array([1.0])), [2.0])
    np.testing.assert_array_equal(model.grads["0.g"], [3.0])
    for name in ("params", "grads"):
        with pytest.raises(AttributeError, match="sublayers"):
            setattr(model, name, {})
