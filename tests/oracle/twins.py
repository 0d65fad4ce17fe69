"""What lessons ask for, by PyTorch: for each exercise a function or class of the same interface, on NumPy arrays.

Nothing of `reference` or of the lessons is used here, so that a verdict found with a twin is PyTorch's own.
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
META = "meta"  # shapes without numbers


def tensor(array, grad: bool = False) -> torch.Tensor:
    return torch.tensor(np.array(array, dtype=float), requires_grad=grad)


def gradients(out: torch.Tensor, dout, *leaves: torch.Tensor) -> tuple[np.ndarray, ...]:
    return tuple(g.numpy() for g in torch.autograd.grad(out, leaves, tensor(dout)))


# ------------------------------------------------------------------------------------------ lesson 01


def echo(x, w):
    silence = (len(w) - 1, 0)
    return F.conv1d(F.pad(tensor(x)[None, None], silence), tensor(w).flip(0)[None, None])[0, 0].numpy()


def cross_correlate2d(x, w):
    return F.conv2d(tensor(x)[None, None], tensor(w)[None, None])[0, 0].numpy()


def convolve2d(x, w):
    return F.conv2d(tensor(x)[None, None], tensor(w).flip(0, 1)[None, None])[0, 0].numpy()


def wide_convolve2d(x, w):
    return F.conv_transpose2d(tensor(x)[None, None], tensor(w)[None, None])[0, 0].numpy()


def output_size(n, k, stride=1, padding=0, dilation=1):
    x, w = torch.empty(1, 1, n, device=META), torch.empty(1, 1, k, device=META)
    return F.conv1d(x, w, None, stride, padding, dilation).shape[-1]


def conv2d_forward(x, w, b, stride=1, padding=0):
    return F.conv2d(tensor(x), tensor(w), tensor(b), stride, padding).numpy()


def signal_maps(x, w, b):
    return F.conv1d(tensor(x)[None, None], tensor(w)[:, None], tensor(b))[0].numpy()


# ------------------------------------------------------------------------------------------ lesson 03


def conv1x1_forward(x, w, b):
    return F.conv2d(tensor(x), tensor(w)[:, :, None, None], tensor(b)).numpy()


def merge_1x1(w1, b1, w2, b2):
    w1, b1, w2, b2 = map(tensor, (w1, b1, w2, b2))
    zero = F.linear(F.linear(torch.zeros(1, w1.shape[1], dtype=float), w1, b1), w2, b2)
    units = F.linear(F.linear(torch.eye(w1.shape[1], dtype=float), w1, b1), w2, b2)
    return (units - zero).T.numpy(), zero[0].numpy()


def conv_cost(input_shape, out_channels, kernel_size, stride=1, padding=0, groups=1, bias=True):
    layer = nn.Conv2d(input_shape[0], out_channels, kernel_size, stride, padding, 1, groups, bias, device=META)
    with FlopCounterMode(display=False) as counted:
        out = layer(torch.empty(1, *input_shape, device=META))
    return sum(p.numel() for p in layer.parameters()), counted.get_total_flops() // 2, out.numel()


def kept_for_backward(input_shape, layers):
    kept = []

    def keep(saved):
        if not isinstance(saved, nn.Parameter):
            kept.append(saved.numel())
        return saved

    x = torch.empty(1, *input_shape, device=META)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
        for out_channels, kernel_size, stride, padding in layers:
            x = nn.Conv2d(x.shape[1], out_channels, kernel_size, stride, padding, bias=False, device=META)(x)
    return sum(kept)


def receptive_field(layers):
    """From where the gradients of two neighbours begin and end, so far inside that no border cuts their fields."""
    reach, jump = 1, 1
    for k, s, p in layers:
        reach, jump = reach + (k + 2 * p) * jump, jump * s
    inside = 2 * (reach // jump + 1)
    x = torch.ones(1, 1, 4 * reach + 4 * jump + 9, dtype=float, requires_grad=True)
    out = x
    for k, s, p in layers:
        out = F.conv1d(out, torch.ones(1, 1, k, dtype=float), None, s, p)
    ends = []
    for place in (inside, inside + 1):
        (slope,) = torch.autograd.grad(out[0, 0, place], x, retain_graph=True)
        seen = torch.nonzero(slope[0, 0])[:, 0]
        ends.append((int(seen[0]), int(seen[-1])))
    stride = ends[1][0] - ends[0][0]
    return ends[0][1] - ends[0][0] + 1, stride, ends[0][0] - inside * stride


def receptive_size(layers):
    return receptive_field(layers)[0]


# ------------------------------------------------------------------------------------------ lesson 05


def im2col(x, kernel_size, stride=1, padding=0):
    return F.unfold(tensor(x), kernel_size, stride=stride, padding=padding).numpy()


def col2im(cols, x_shape, kernel_size, stride=1, padding=0):
    return F.fold(tensor(cols), x_shape[2:], kernel_size, stride=stride, padding=padding).numpy()


def conv_nd_fft(x, w):
    return CONV[x.ndim - 2](tensor(x), tensor(w)).numpy()


def conv_nd_fft_backward(dout, x, w):
    x, w = tensor(x, True), tensor(w, True)
    return gradients(CONV[x.ndim - 2](x, w), dout, x, w)


def convolution(x, w, padding=0):
    """Of one plane with one kernel, which is turned."""
    return CONV[x.ndim](x[None, None], w.flip(*range(w.ndim))[None, None], padding=padding)[0, 0]


def error_through_same(dout, w):
    x = torch.zeros(dout.shape, dtype=float, requires_grad=True)
    return gradients(convolution(x, tensor(w), tuple(k // 2 for k in w.shape)), dout, x)[0]


def error_through_valid(dout, w):
    x = torch.zeros([m + k - 1 for m, k in zip(dout.shape, w.shape, strict=True)], dtype=float, requires_grad=True)
    return gradients(convolution(x, tensor(w)), dout, x)[0]


def kernel_gradient(dout, x):
    shape = [n - m + 1 for n, m in zip(x.shape, dout.shape, strict=True)]
    w = torch.zeros(shape, dtype=float, requires_grad=True)
    return gradients(convolution(tensor(x), w), dout, w)[0]


def chain_step(dout, x, weights, rates):
    w = tensor(weights, True)
    return np.asarray(weights) - np.asarray(rates) * gradients(w.prod() * tensor(x), dout, w)[0]


# ------------------------------------------------------------------------------------------ lesson 06


class Layer:
    """A layer by autograd: `apply(x, params)` is the forward pass."""

    def __init__(self, **params):
        self.params, self.grads = params, {}

    def forward(self, x):
        self.leaves = {name: tensor(p, True) for name, p in self.params.items()}
        self.x = tensor(x, True)
        self.out = self.apply(self.x, self.leaves)
        return self.out.detach().numpy()

    def backward(self, dout):
        wanted = (self.x, *self.leaves.values())
        dx, *grads = torch.autograd.grad(self.out, wanted, tensor(dout), retain_graph=True)
        self.grads = {name: grad.numpy() for name, grad in zip(self.leaves, grads, strict=True)}
        return dx.numpy()


class Linear(Layer):
    def __init__(self, w, b):
        super().__init__(w=w, b=b)

    def apply(self, x, params):
        return F.linear(x, params["w"], params["b"])


class ReLU(Layer):
    def apply(self, x, params):
        return F.relu(x)


class Conv2d(Layer):
    def __init__(self, w, b, stride=1, padding=0):
        super().__init__(w=w, b=b)
        self.settings = stride, padding

    def apply(self, x, params):
        return F.conv2d(x, params["w"], params["b"], *self.settings)


GIVEN = {
    "Scale": lambda x, p: x * p["w"],
    "Narrow": lambda x, p: x * p["w"],
    "Shift": lambda x, p: x + p["b"],
    "Square": lambda x, p: x * x,
    "Roll": lambda x, p: torch.roll(x, 1, 1),
}  # the layers of convschool.stand_ins


class Sequential(Layer):
    """Of the stand-in layers, whose arrays it holds."""

    def __init__(self, layers):
        self.kinds = [type(layer).__name__ for layer in layers]
        super().__init__(
            **{f"{n}.{k}": p for n, layer in enumerate(layers) for k, p in getattr(layer, "params", {}).items()}
        )

    def apply(self, x, params):
        for n, kind in enumerate(self.kinds):
            own = {name.split(".")[1]: p for name, p in params.items() if name.split(".")[0] == str(n)}
            x = GIVEN[kind](x, own)
        return x


def softmax_cross_entropy(scores, y):
    leaf = tensor(scores, True)
    loss = F.cross_entropy(leaf, torch.tensor(np.array(y, dtype=np.int64)))
    return loss.item(), *gradients(loss, 1.0, leaf)


def he_std(shape):
    w = torch.empty(1000 * shape[0], *shape[1:], device=META)
    fan_in, _ = nn.init._calculate_fan_in_and_fan_out(w)
    return nn.init.calculate_gain("relu") / fan_in**0.5


class Optimizer:
    """One of torch.optim, on the arrays of a model."""

    def __init__(self, kind, model, **settings):
        self.model = model
        self.leaves = {name: tensor(p, True) for name, p in model.params.items()}
        self.optimizer = kind(self.leaves.values(), **settings)

    def step(self):
        for name, leaf in self.leaves.items():
            grad = self.model.grads.get(name)
            leaf.grad = None if grad is None else tensor(grad)
            leaf.data.copy_(tensor(self.model.params[name]))
        self.optimizer.step()
        for name, leaf in self.leaves.items():
            self.model.params[name][...] = leaf.detach().numpy()


def sgd(model, lr):
    return Optimizer(torch.optim.SGD, model, lr=lr)


def momentum(model, lr, momentum=0.9):
    return Optimizer(torch.optim.SGD, model, lr=lr, momentum=momentum)


def rmsprop(model, lr=0.01, alpha=0.99, eps=1e-8):
    return Optimizer(torch.optim.RMSprop, model, lr=lr, alpha=alpha, eps=eps)


def adam(model, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
    return Optimizer(torch.optim.Adam, model, lr=lr, betas=betas, eps=eps)


def gradients_in_pieces(model, x, target, size):
    leaves = {name: tensor(p, True) for name, p in model.params.items()}
    out = GIVEN[type(model).__name__](tensor(x), leaves)
    loss = 0.5 * ((out - tensor(target)) ** 2).sum() / len(x)
    return dict(zip(leaves, gradients(loss, 1.0, *leaves.values()), strict=True))


class SteppingLinear(Linear):
    def __init__(self, w, b, lr):
        super().__init__(w, b)
        self.w, self.b, self.lr = w, b, lr

    def backward(self, dout):
        dx = super().backward(dout)
        self.w -= self.lr * self.grads["w"]
        self.b -= self.lr * self.grads["b"]
        return dx


# ------------------------------------------------------------------------------------------ lesson 07

LENET5 = {
    "c1": nn.Conv2d(1, 6, 5, padding=2),
    "c3": nn.Conv2d(6, 16, 5),
    "c5": nn.Linear(400, 120),
    "f6": nn.Linear(120, 84),
    "output": nn.Linear(84, 10),
}


def lenet5_report(what, n, seed):
    """The lesson's report on n images. "start" is about drawing numbers, and PyTorch draws others.

    Raises
    ------
    NotImplementedError
        For "start".
    """
    if what == "start":
        raise NotImplementedError
    layers = {name: copy.deepcopy(layer).double() for name, layer in LENET5.items()}
    arrays = {f"{name}_{kind[0]}": p for name, layer in layers.items() for kind, p in layer.named_parameters()}
    pooled = lambda name, x: F.max_pool2d(F.relu(layers[name](x)), 2)

    def forward(x):
        x = pooled("c3", pooled("c1", x)).flatten(1)
        return layers["output"](F.relu(layers["f6"](F.relu(layers["c5"](x)))))

    rng = np.random.default_rng(seed)
    x, y = tensor(rng.random((n, 1, 28, 28)), True), torch.tensor(rng.integers(0, 10, n))
    if what == "sizes":
        sizes = sorted(p.numel() for p in arrays.values())
        shapes = tuple(forward(x).shape), tuple(x.shape)
        return {"shape_of_scores": shapes[0], "shape_of_dx": shapes[1], "arrays": sizes, "parameters": sum(sizes)}
    for p in arrays.values():
        numbers, shape = np.random.default_rng([seed, *p.shape]), tuple(p.shape)
        spread = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
        p.data.copy_(tensor(numbers.normal(0, spread, shape)))
    if what == "scores":
        return {"scores": forward(x).detach().numpy()}
    if what == "gradients":
        scores = forward(x)
        scores.backward(tensor(rng.normal(size=tuple(scores.shape))))
        report = {"dx": x.grad.sum((1, 3)).numpy()}
        for name, p in arrays.items():
            signs = np.random.default_rng([seed, *p.shape]).choice([-1.0, 1.0], tuple(p.shape))
            report[name] = np.array([(p.grad.numpy() * signs).sum(), np.linalg.norm(p.grad.numpy())])
        return report
    losses, optimizer = [], torch.optim.SGD(arrays.values(), lr=0.05)
    for _ in range(4):
        optimizer.zero_grad()
        loss = F.cross_entropy(forward(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses}


def climb_report(w, power, x, channel, steps, step_size):
    x = tensor(x)
    for _ in range(steps):
        leaf = x.clone().requires_grad_()
        (dx,) = torch.autograd.grad((tensor(w) * leaf**power)[:, channel].sum(), leaf)
        if dx.norm() > 0:
            x = (x + step_size * dx / dx.norm()).clamp(0, 1)
    return x.numpy()


# ------------------------------------------------------------------------------------------ lesson 08


def weight_counts(input_shape, out_channels, kernel_size):
    x = torch.empty(1, *input_shape, device=META)
    conv = nn.Conv2d(input_shape[0], out_channels, kernel_size, bias=False, device=META)
    dense = nn.Linear(x.numel(), conv(x).numel(), bias=False, device=META)
    places = conv(x)[0, 0].numel()
    return dense.weight.numel(), conv.weight.numel() * places, conv.weight.numel()


def shared_gradient(dweights, which, count):
    weights = torch.zeros(count, dtype=float, requires_grad=True)
    there = torch.tensor(which >= 0)
    layer = torch.where(there, weights[torch.tensor(np.maximum(which, 0))], 0.0)
    return gradients(layer, dweights, weights)[0]


def reinforce_gradient(logits, choice, advantage):
    leaf = tensor(logits, True)
    return gradients(-advantage * F.log_softmax(leaf, 0)[choice], 1.0, leaf)[0]


TWINS = {
    "echo": echo,
    "cross-correlate2d": cross_correlate2d,
    "convolve2d": convolve2d,
    "wide-convolve2d": wide_convolve2d,
    "two-as-one": wide_convolve2d,
    "output-size": output_size,
    "conv2d-forward": conv2d_forward,
    "debug-maps-mend": signal_maps,
    "conv1x1-forward": conv1x1_forward,
    "merge-1x1": merge_1x1,
    "conv-cost": conv_cost,
    "kept-for-backward": kept_for_backward,
    "receptive-field": receptive_field,
    "top-down-mend": receptive_size,
    "im2col": im2col,
    "col2im": col2im,
    "conv2d-columns": conv2d_forward,
    "conv-nd-fft": conv_nd_fft,
    "conv-nd-fft-backward": conv_nd_fft_backward,
    "turned-mend": error_through_same,
    "frame-mend": error_through_valid,
    "frozen-mend": chain_step,
    "windows-mend": kernel_gradient,
    "linear-layer": Linear,
    "relu-layer": ReLU,
    "conv-layer": Conv2d,
    "sequential": Sequential,
    "softmax-cross-entropy": softmax_cross_entropy,
    "he-std": he_std,
    "sgd": sgd,
    "momentum": momentum,
    "rmsprop": rmsprop,
    "adam": adam,
    "mend-pieces": gradients_in_pieces,
    "mend-stepping": SteppingLinear,
    "lenet5": lenet5_report,
    "most-liked": climb_report,
    "weight-counts": weight_counts,
    "shared-gradient": shared_gradient,
    "reinforce-gradient": reinforce_gradient,
}
