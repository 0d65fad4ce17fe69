"""LeNet-5 and AlexNet: any width, right gradients, and two GPUs that meet where the paper says."""

import numpy as np
import pytest

from reference import AlexNet, AvgPool2d, LeNet5, Sequential, Tanh, numerical_gradient, softmax_cross_entropy


def images(n, channels, size, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal((n, channels, size, size)).astype(dtype)


def check_gradients(model, x, y, names, entries=3):
    """Compare some entries of the gradients of `names` with central differences of the loss."""
    _, dscores = softmax_cross_entropy(model.forward(x), y)
    model.backward(dscores)
    grads = {name: grad.copy() for name, grad in model.grads.items()}
    rng = np.random.default_rng(1)
    for name in names:
        flat = model.params[name].reshape(-1)
        # Among the larger gradients, so that the comparison says something.
        order = np.argsort(-np.abs(grads[name]).reshape(-1))[: 10 * entries]
        for index in rng.choice(order, size=min(entries, flat.size), replace=False):

            def loss(value, flat=flat, index=index):
                old = flat[index]
                flat[index] = value[0]
                result = softmax_cross_entropy(model.forward(x), y)[0]
                flat[index] = old
                return result

            expected = numerical_gradient(loss, flat[index : index + 1], np.float64(1), h=1e-6)
            np.testing.assert_allclose(grads[name].reshape(-1)[index], expected[0], rtol=1e-4, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("options", [{}, {"activation": Tanh, "pooling": AvgPool2d}, {"width": 0.5, "in_channels": 3}])
def test_lenet5_gradients(options):
    model = LeNet5(dtype=np.float64, rng=0, **options)
    x = images(4, options.get("in_channels", 1), 28)
    check_gradients(model, x, np.array([3, 0, 9, 9]), model.params)


def test_alexnet_gradients():
    model = AlexNet(classes=5, width=1 / 16, image_size=67, dropout=0, dtype=np.float64, rng=0)
    for name, p in model.params.items():
        if name.endswith("w"):  # the paper's start values are for full width: at this one, signals would vanish
            p *= 10
    check_gradients(model, images(2, 3, 67), np.array([4, 1]), model.params, entries=1)


@pytest.mark.parametrize("width", [0.1, 0.5, 1.0, 2.5])
def test_lenet5_at_any_width(width):
    model = LeNet5(classes=7, width=width, rng=0)
    scores = model.forward(images(2, 1, 28, np.float32))
    assert scores.shape == (2, 7) and scores.dtype == np.float32
    assert model.backward(np.ones_like(scores)).shape == (2, 1, 28, 28)
    assert model.layers["c3"].params["w"].shape[0] == max(1, round(16 * width))


def test_lenet5_pools_before_relu_because_nothing_changes():
    model, usual = LeNet5(rng=0), LeNet5(rng=0)
    names = list(model.layers)
    assert names[:6] == ["c1", "s2", "a1", "c3", "s4", "a3"]
    usual.layers = {name: usual.layers[name] for name in ("c1", "a1", "s2", "c3", "a3", "s4", *names[6:])}
    x = images(4, 1, 28, np.float32)
    x[0] = 0  # equal sums all over: all pixels of a window win
    x[1] = np.round(x[1])
    np.testing.assert_array_equal(model.forward(x), usual.forward(x))
    dout = np.random.default_rng(1).normal(size=(4, 10)).astype(np.float32)
    np.testing.assert_array_equal(model.backward(dout), usual.backward(dout))
    for name, grad in model.grads.items():
        np.testing.assert_array_equal(grad, usual.grads[name], err_msg=name)


@pytest.mark.parametrize("options", [{"activation": Tanh}, {"pooling": AvgPool2d}], ids=["tanh", "averages"])
def test_lenet5_pools_after_an_activation_that_may_not_be_exchanged(options):
    assert list(LeNet5(rng=0, **options).layers)[:6] == ["c1", "a1", "s2", "c3", "a3", "s4"]


@pytest.mark.parametrize(
    ("build", "shape"),
    [(LeNet5, (1, 28)), (lambda **options: AlexNet(width=0.05, image_size=67, dropout=0, **options), (3, 67))],
    ids=["lenet5", "alexnet"],
)
def test_the_gradient_of_the_images_may_be_left_out(build, shape):
    whole, rest = build(rng=0), build(rng=0, input_gradient=False)
    x = images(2, *shape, np.float32)
    dout = np.ones_like(whole.forward(x))
    rest.forward(x)
    assert whole.backward(dout).shape == x.shape
    assert rest.backward(dout) is None
    for name, grad in whole.grads.items():
        np.testing.assert_array_equal(grad, rest.grads[name], err_msg=name)


@pytest.mark.parametrize(("width", "size"), [(0.01, 67), (1 / 8, 67), (0.07, 100), (1 / 8, 227)])
def test_alexnet_at_any_width_and_size(width, size):
    model = AlexNet(classes=7, width=width, image_size=size, rng=0)
    scores = model.forward(images(1, 3, size, np.float32))
    assert scores.shape == (1, 7) and scores.dtype == np.float32
    assert model.backward(np.ones_like(scores)).shape == (1, 3, size, size)


def test_alexnet_at_full_width_runs():
    model = AlexNet(init=lambda shape, rng, dtype: np.full(shape, 0.001, dtype))
    scores = model.eval().forward(images(1, 3, 227, np.float32))
    assert scores.shape == (1, 1000) and scores.dtype == np.float32
    # All weights are equal, so all scores are; the biases of 1 make them positive.
    assert 0 < scores[0, 0] < np.inf
    np.testing.assert_allclose(scores, scores[0, 0], rtol=1e-4)


def test_alexnets_gpus_meet_only_where_the_paper_says():
    model = AlexNet(classes=5, width=1 / 8, image_size=67, dtype=np.float64, rng=0)
    for name, meet in {"conv2": False, "conv3": True, "conv4": False, "conv5": False}.items():
        conv = model.layers[name]
        maps = conv.in_channels
        x = images(1, maps, 9)
        other = x.copy()
        other[:, maps // 2 :] += 1  # what the second GPU holds
        changed = (conv.forward(x) != conv.forward(other)).any(axis=(0, 2, 3))
        first, second = np.split(changed, 2)
        assert second.all()
        assert first.all() if meet else not first.any()


def test_alexnet_starts_as_in_the_paper():
    model = AlexNet(width=1 / 4, rng=0)
    for name, layer in model.layers.items():
        if layer.params:
            assert abs(layer.params["w"].std() - 0.01) < 0.0005
            expected = 1 if name in ("conv2", "conv4", "conv5", "fc6", "fc7") else 0
            np.testing.assert_array_equal(layer.params["b"], expected)


@pytest.mark.parametrize(
    "build",
    [LeNet5, lambda **options: AlexNet(classes=5, width=0.1, image_size=67, **options)],
    ids=["lenet5", "alexnet"],
)
def test_a_seed_is_a_network(build):
    first, same, other = build(rng=3), build(rng=np.random.default_rng(3)), build(rng=4)
    double = build(rng=3, dtype=np.float64)
    for name, p in first.params.items():
        np.testing.assert_array_equal(p, same.params[name])
        np.testing.assert_array_equal(p, double.params[name].astype(np.float32))
        assert name.endswith("b") or not np.array_equal(p, other.params[name])
    x = images(2, *((1, 28) if build is LeNet5 else (3, 67)), np.float32)
    np.testing.assert_array_equal(first.forward(x), same.forward(x))  # dropout included
    np.testing.assert_array_equal(first.eval().forward(x), first.forward(x))


def test_models_are_sequences_that_can_be_cut():
    model = LeNet5(rng=0)
    below = Sequential({name: layer for name, layer in model.layers.items() if name in ("c1", "a1", "s2")})
    assert below.forward(images(2, 1, 28, np.float32)).shape == (2, 6, 14, 14)


def test_images_too_small_for_alexnet_are_refused():
    with pytest.raises(ValueError, match="image_size must be at least 67"):
        AlexNet(image_size=66)
