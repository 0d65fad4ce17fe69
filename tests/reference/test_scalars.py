"""NumPy scalars and arrays without axes as arguments: the same results, of the same type, as with Python's numbers.

A float32 array times a float64 scalar is float64 (NEP 50), so a setting that comes out of `np.logspace` must not meet
an array as it is. The tables below name every argument of every public class and function that is a number.
"""

import dataclasses
import inspect
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import reference
from reference import architecture_search, initializers

# Every float here is exact in float16: so each kind of scalar means the same number.
LAYERS = {
    "Conv2d": dict(
        in_channels=4, out_channels=6, kernel_size=(3, 2), stride=2, padding=1, dilation=1, groups=2, bias=True
    ),
    "ConvTranspose2d": dict(
        in_channels=4, out_channels=6, kernel_size=3, stride=(2, 3), padding=1, output_padding=1, dilation=1, groups=2,
        bias=True,
    ),
    "MaxPool2d": dict(kernel_size=3, stride=(2, 1), padding=1, dilation=1, ceil_mode=True),
    "AvgPool2d": dict(kernel_size=(3, 2), stride=2, padding=1, dilation=1, ceil_mode=True, count_include_pad=False),
    "BatchNorm2d": dict(num_features=4, eps=2**-10, momentum=0.125),
    "LocalResponseNorm": dict(size=3, alpha=0.5, beta=0.75, k=1.5),
    "Dropout": dict(p=0.25),
    "Inception": dict(in_channels=4, c1=2, r3=2, c3=3, r5=2, c5=3, pool=2),
    "GlobalAvgPool2d": {}, "ReLU": {}, "Sigmoid": {}, "Tanh": {}, "Flatten": {},
}  # fmt: skip
SPECIAL_LAYERS = {  # with the shape of x
    "Linear": (dict(in_features=5, out_features=3, bias=True), (2, 5)),
    "LeNet5": (dict(classes=3, width=0.5, in_channels=1, input_gradient=True), (2, 1, 28, 28)),
    "AlexNet": (dict(classes=3, width=0.03125, image_size=67, dropout=0.25, input_gradient=True), (1, 3, 67, 67)),
}
OPTIMIZERS = {
    "SGD": dict(lr=0.125, weight_decay=0.5),
    "Momentum": dict(lr=0.125, momentum=0.75, nesterov=True, weight_decay=0.5),
    "RMSprop": dict(lr=0.125, alpha=0.75, eps=2**-10, weight_decay=0.5),
    "Adam": dict(lr=0.125, betas=(0.75, 0.875), eps=2**-10, weight_decay=0.5),
}


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


X, X3 = draw(2, 4, 6, 5), draw(2, 4, 6)
CONV = dict(stride=(2, 1), padding=1, dilation=1, groups=2)
UP = dict(stride=2, padding=1, output_padding=1, dilation=1, groups=2)
MAX = dict(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=True)
AVG = dict(**MAX, count_include_pad=False)
COLUMNS = dict(kernel_size=3, stride=2, padding=1, dilation=1)
ON_IMAGES = dict(input_shape=(4, 6, 5), out_channels=6, kernel_size=3, stride=2, padding=1, dilation=1)


def net():
    return reference.Sequential(reference.Flatten(), reference.Linear(120, 3, rng=0))


def trained(**numbers):
    model = net()
    optimizer = reference.SGD(model, 0.125)
    history = reference.train(model, optimizer, X, np.array([0, 2]), **numbers, rng=0)
    return history.loss, history.accuracy, model.params


def searched(**numbers):
    shared = architecture_search.SharedNetwork(1, 2, image_size=8, classes=3, rng=0)
    controller = architecture_search.Controller(shared.choices, rng=0)
    data = draw(4, 1, 8, 8), np.array([0, 1, 2, 0])
    history = architecture_search.search(shared, controller, data, data, **numbers, rng=0)
    return history.loss, history.rewards, history.baselines, shared.params, controller.params


def average(decay):
    baseline = architecture_search.MovingAverage(decay)
    return [baseline.advantage(reward) for reward in (1.0, 0.5, 0.25)]


def drawn(init):
    return init((3, 4), np.random.default_rng(0), np.float32)


FUNCTIONS = {
    "conv2d": (lambda **n: reference.conv2d(X, draw(6, 2, 3, 3), draw(6), **n), CONV),
    "conv_nd": (lambda **n: reference.conv_nd(X3, draw(6, 2, 3), **n), {**CONV, "stride": 2}),
    "conv2d_backward": (
        lambda **n: reference.conv2d_backward(draw(2, 6, 3, 5), X, draw(6, 2, 3, 3), **n),
        dict(**CONV, input_gradient=False),
    ),
    "conv_nd_backward": (
        lambda **n: reference.conv_nd_backward(draw(2, 6, 3), X3, draw(6, 2, 3), **n),
        dict(**{**CONV, "stride": 2}, input_gradient=True),
    ),
    "conv_nd_fft": (lambda **n: reference.conv_nd_fft(X, draw(6, 2, 3, 3), **n), CONV),
    "conv_nd_fft_backward": (
        lambda **n: reference.conv_nd_fft_backward(draw(2, 6, 3, 5), X, draw(6, 2, 3, 3), **n), CONV
    ),
    "conv_transpose2d": (lambda **n: reference.conv_transpose2d(X, draw(4, 3, 3, 3), **n), UP),
    "conv_transpose_nd": (lambda **n: reference.conv_transpose_nd(X3, draw(4, 3, 3), **n), UP),
    "conv_transpose2d_backward": (
        lambda **n: reference.conv_transpose2d_backward(draw(2, 6, 12, 10), X, draw(4, 3, 3, 3), **n), UP
    ),
    "conv_transpose_nd_backward": (
        lambda **n: reference.conv_transpose_nd_backward(draw(2, 6, 12), X3, draw(4, 3, 3), **n), UP
    ),
    "max_pool2d": (lambda **n: reference.max_pool2d(X, **n), MAX),
    "max_pool_nd": (lambda **n: reference.max_pool_nd(X3, **n), MAX),
    "max_pool2d_backward": (lambda **n: reference.max_pool2d_backward(draw(2, 4, 4, 3), X, **n), MAX),
    "max_pool_nd_backward": (lambda **n: reference.max_pool_nd_backward(draw(2, 4, 4), X3, **n), MAX),
    "avg_pool2d": (lambda **n: reference.avg_pool2d(X, **n), AVG),
    "avg_pool_nd": (lambda **n: reference.avg_pool_nd(X3, **n), AVG),
    "avg_pool2d_backward": (lambda **n: reference.avg_pool2d_backward(draw(2, 4, 4, 3), X, **n), AVG),
    "avg_pool_nd_backward": (lambda **n: reference.avg_pool_nd_backward(draw(2, 4, 4), X3, **n), AVG),
    "im2col": (lambda **n: reference.im2col(X, **n), COLUMNS),
    "col2im": (lambda **n: reference.col2im(draw(2, 36, 9), **n), dict(x_shape=(2, 4, 6, 5), **COLUMNS)),
    "output_size": (reference.output_size, dict(n=9, k=3, stride=2, padding=(1, 0), dilation=1, ceil_mode=True)),
    "conv_cost": (reference.conv_cost, dict(**ON_IMAGES, groups=2, bias=False)),
    "locally_connected_weights": (reference.locally_connected_weights, ON_IMAGES),
    "convolutional_weights": (
        reference.convolutional_weights, dict(input_shape=(4, 6, 5), out_channels=6, kernel_size=3)
    ),
    "fully_connected_weights": (
        reference.fully_connected_weights, dict(input_shape=(4, 6, 5), output_shape=(2, 3, 3))
    ),
    "count_cost": (lambda **n: reference.count_cost(net(), **n), dict(input_shape=(4, 6, 5))),
    "numerical_gradient": (
        lambda **n: reference.numerical_gradient(lambda x: x * x, X[0, 0], X[0, 1], **n), dict(h=2**-10)
    ),
    "minibatches": (
        lambda **n: list(reference.minibatches(X, np.array([0, 1]), **n, rng=np.random.default_rng(0))),
        dict(batch_size=1),
    ),
    "evaluate": (lambda **n: reference.evaluate(net(), X, np.array([0, 2]), **n), dict(batch_size=1)),
    "train": (trained, dict(epochs=2, batch_size=1, progress=False)),
    "search": (
        searched,
        dict(epochs=1, controller_steps=2, batch_size=2, reward_size=3, lr=0.125, controller_lr=0.25),
    ),
    "MovingAverage": (average, dict(decay=0.75)),
    "Controller": (lambda **n: architecture_search.Controller(**n, rng=0).params, dict(choices=(2, 3), hidden=4)),
    "SharedNetwork": (
        lambda **n: architecture_search.SharedNetwork(**n, rng=0).params,
        dict(nodes=1, channels=2, in_channels=1, image_size=8, classes=3),
    ),
    "normal": (lambda **n: drawn(initializers.normal(**n)), dict(std=0.5, mean=2.0)),
    "uniform": (lambda **n: drawn(initializers.uniform(**n)), dict(bound=0.5)),
}  # fmt: skip

NOT_NUMBERS = set(
    "x w b dout cols scores y model optimizer rng init dtype f upstream validation activation pooling layers costs "
    "name shared controller training".split()
)


def layer_results(name, **numbers):
    """Output, gradients and running statistics of a layer in float32, after two batches."""
    shape = (2, 4, 6, 5) if name in LAYERS else SPECIAL_LAYERS[name][1]
    cls = getattr(reference, name)
    seeded = {"rng": 0} if "rng" in inspect.signature(cls).parameters else {}
    layer = cls(**numbers, **seeded)
    found = []
    for seed in range(2):
        out = layer.forward(draw(*shape, seed=seed))
        found += [out, layer.backward(draw(*out.shape, seed=5)), dict(layer.grads)]
    return [*found, getattr(layer, "running_var", None), layer.output_shape(shape[1:])]


def optimizer_results(name, **numbers):
    """The parameters and the optimizer's memory after two steps."""
    model = SimpleNamespace(params={"p": draw(3, 4)}, grads={"p": draw(3, 4, seed=1)})
    optimizer = getattr(reference, name)(model, **numbers)
    optimizer.step()
    optimizer.step()
    return model.params, optimizer.state


CASES = {
    **{name: (partial(layer_results, name), numbers) for name, numbers in LAYERS.items() if numbers},
    **{name: (partial(layer_results, name), numbers) for name, (numbers, _) in SPECIAL_LAYERS.items()},
    **{name: (partial(optimizer_results, name), numbers) for name, numbers in OPTIMIZERS.items()},
    **FUNCTIONS,
}


def as_numpy(value, kind):
    """The number, or every number of a tuple, as another kind of number."""
    if isinstance(value, tuple):
        return np.array(value) if kind == "array" else tuple(as_numpy(entry, kind) for entry in value)
    if kind == "array":
        return np.array(value)
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, int):
        return {"wide": np.int64, "narrow": np.uint8}[kind](value)
    return {"wide": np.float64, "narrow": np.float16}[kind](value)


def leaves(value):
    """All arrays and numbers in a result, with their place."""
    if dataclasses.is_dataclass(value):
        value = dataclasses.asdict(value)
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, (list, tuple)):
        return [leaf for entry in value for leaf in leaves(entry)]
    return [value]


@pytest.mark.parametrize("kind", ["wide", "narrow", "array"])
@pytest.mark.parametrize("name", CASES)
def test_numpys_numbers_are_numbers(name, kind):
    run, numbers = CASES[name]
    ours, expected = (leaves(run(**n)) for n in ({k: as_numpy(v, kind) for k, v in numbers.items()}, numbers))
    assert len(ours) == len(expected) > 0
    for one, other in zip(ours, expected, strict=True):
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", [*LAYERS, *SPECIAL_LAYERS])
def test_the_type_of_x_stays(name):
    numbers = LAYERS[name] if name in LAYERS else SPECIAL_LAYERS[name][0]
    for kind in ("wide", "array"):
        arrays = leaves(layer_results(name, **{k: as_numpy(v, kind) for k, v in numbers.items()}))
        assert {array.dtype for array in arrays if isinstance(array, np.ndarray)} == {np.dtype(np.float32)}


def test_a_setting_may_become_another_number_later():
    layer = reference.BatchNorm2d(4)
    layer.eps, layer.momentum = np.float64(0.5), np.array(0.25)
    assert layer.forward(X).dtype == np.float32 and layer.running_var.dtype == np.float32
    optimizer = reference.Adam(SimpleNamespace(params={"p": X.copy()}, grads={"p": X}))
    for lr in np.geomspace(1, 0.01, 3):
        optimizer.lr, optimizer.betas = lr, np.array([0.5, 0.5])
        optimizer.step()
    assert optimizer.model.params["p"].dtype == np.float32 and type(optimizer.lr) is float
    with pytest.raises(ValueError, match=r"^lr must be at least 0, not -1$"):
        optimizer.lr = -1


@pytest.mark.parametrize("value", ["0.5", None, 0.5j, np.complex64(1), [0.5], np.array([0.5]), True, np.ma.masked])
@pytest.mark.parametrize(
    "build",
    [
        lambda p: reference.Dropout(p),
        lambda p: reference.BatchNorm2d(2, eps=p),
        lambda p: reference.LocalResponseNorm(2, k=p),
        lambda p: reference.SGD(SimpleNamespace(), p),
        lambda p: reference.Adam(SimpleNamespace(), betas=(p, 0.5)),
        lambda p: reference.LeNet5(width=p),
        lambda p: initializers.normal(p),
    ],
)
def test_what_is_not_a_real_number_is_refused(build, value):
    with pytest.raises(TypeError, match=r"^\w+ (must be a real number, not|is a masked array)"):
        build(value)


@pytest.mark.parametrize("betas", [0.9, (0.9,), (0.9, 0.9, 0.9), np.array(0.9)])
def test_adam_needs_two_betas(betas):
    with pytest.raises(ValueError, match="^betas must be two numbers, not"):
        reference.Adam(SimpleNamespace(), betas=betas)


def test_the_tables_name_every_number():
    """What is new in the package gets into the tables above."""
    without = {"Layer", "Container", "Sequential", "Child"}  # numbers of their own
    elsewhere = {"train_shared_weights", "train_controller", "derive", "receptive_field"}  # `search` goes through them
    for module in (reference, architecture_search):
        for name in set(module.__all__) - without - elsewhere:
            item = getattr(module, name)
            if callable(item) and not dataclasses.is_dataclass(item):
                named = set(CASES[name][1]) if name in CASES else set()
                assert set(inspect.signature(item).parameters) - NOT_NUMBERS <= named, name
