"""All networks of a search space laid on top of each other, path by path through the same weights."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from reference.arguments import Rng, integer
from reference.initializers import normal
from reference.layers import (
    AvgPool2d,
    Container,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from reference.layers.layer import needed

OPERATIONS = ("conv3x3", "conv5x5", "separable3x3", "avg3x3", "max3x3")


class SharedNetwork(Container):
    """The weights that all children share.

    A child is a graph: a stem (a convolution of stride 2), `nodes` nodes, each of which applies one operation
    to the output of the stem or of one node before it, and a head (2x2 maximum pooling, then a dense layer) on
    the mean of all outputs that no node uses. Each node has weights of its own for each operation; whichever
    children choose that operation there use, and train, the same ones.

    Parameters
    ----------
    nodes : int
    channels : int
        Maps of the stem and of every node.
    in_channels, image_size, classes : int
        C and H = W of the images, K of the scores.
    rng : np.random.Generator, seed or None
    dtype : np.float32 or np.float64

    Attributes
    ----------
    choices : list of int
        The number of options of each decision that makes a child: for each node its input (0 is the stem, j the j-th
        node), then its operation (an index into OPERATIONS).

    Notes
    -----
    Pham et al. 2018, section 2.

    Examples
    --------
    >>> shared = SharedNetwork(nodes=2, rng=0)
    >>> shared.choices
    [1, 5, 2, 5]
    >>> shared.child((0, 0, 1, 4)).describe()
    '1 = conv3x3(stem), 2 = max3x3(1), scores from 2'
    """

    def __init__(
        self,
        nodes: int = 3,
        channels: int = 8,
        in_channels: int = 1,
        image_size: int = 28,
        classes: int = 10,
        rng: Rng = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        nodes = integer("nodes", nodes, 1)
        rng = np.random.default_rng(rng)

        def conv(in_maps: int, k: int, **geometry: Any) -> Conv2d:
            return Conv2d(in_maps, channels, k, padding=k // 2, rng=rng, dtype=dtype, **geometry)

        layers: dict[str, Layer] = {"stem": Sequential(conv(in_channels, 3, stride=2), ReLU())}
        every_node = []
        for node in range(1, nodes + 1):
            layers[f"node{node}"] = operations = Container(
                {
                    "conv3x3": Sequential(conv(channels, 3), ReLU()),
                    "conv5x5": Sequential(conv(channels, 5), ReLU()),
                    "separable3x3": Sequential(conv(channels, 3, groups=channels), conv(channels, 1), ReLU()),
                    "avg3x3": AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
                    "max3x3": MaxPool2d(3, stride=1, padding=1),
                }
            )
            every_node.append(operations)
        pooled = Sequential(layers["stem"], MaxPool2d(2), Flatten())
        (features,) = pooled.output_shape((in_channels, image_size, image_size))
        head = Linear(features, classes, init=normal(0.01), rng=rng, dtype=dtype)
        layers["head"] = Sequential(MaxPool2d(2), Flatten(), head)
        super().__init__(layers)
        self.nodes = nodes
        self.operations = every_node
        self.choices = [options for node in range(nodes) for options in (node + 1, len(OPERATIONS))]

    def child(self, decisions: Sequence[int]) -> "Child":
        """The `Child` that `decisions`, one per entry of `choices`, makes."""
        if len(decisions) != len(self.choices):
            raise ValueError(f"decisions has {len(decisions)} entries, but choices has {len(self.choices)}")
        for number, (decision, options) in enumerate(zip(decisions, self.choices, strict=True)):
            if not 0 <= decision < options:
                raise ValueError(f"decisions[{number}] is {decision}, but there are {options} options")
        return Child(self, decisions[::2], [OPERATIONS[operation] for operation in decisions[1::2]])


class Child(Container):
    """One network of the search space: a view of the shared weights.

    `params` are those the child uses, under the names they have in the `SharedNetwork`, and they are the same
    arrays.

    Parameters
    ----------
    shared : SharedNetwork
    inputs : sequence of int
        For each node the number of its input: 0 is the stem, j the j-th node.
    operations : sequence of str
        For each node the name of its operation.

    Examples
    --------
    >>> child = Child(SharedNetwork(nodes=2, rng=0), inputs=(0, 0), operations=("conv3x3", "avg3x3"))
    >>> child.describe()
    '1 = conv3x3(stem), 2 = avg3x3(stem), scores from 1 and 2'
    >>> child.forward(np.zeros((4, 1, 28, 28), np.float32)).shape
    (4, 10)
    """

    def __init__(self, shared: SharedNetwork, inputs: Sequence[int], operations: Sequence[str]) -> None:
        self.inputs = tuple(inputs)
        self.operations = tuple(operations)
        names = [f"node{node}.{operation}" for node, operation in enumerate(operations, start=1)]
        chosen = [shared.operations[node].layers[operation] for node, operation in enumerate(operations)]
        super().__init__(
            {
                "stem": shared.layers["stem"],
                **dict(zip(names, chosen, strict=True)),
                "head": shared.layers["head"],
            }
        )
        self.loose_ends = sorted(set(range(len(inputs) + 1)) - set(inputs))

    def forward(self, x: ArrayLike) -> np.ndarray:
        stem, *nodes, head = self.layers.values()
        outputs = [stem.forward(x)]
        for node, source in zip(nodes, self.inputs, strict=True):
            outputs.append(node.forward(outputs[source]))
        return head.forward(reduce(np.add, [outputs[end] for end in self.loose_ends]) / len(self.loose_ends))

    def backward(self, dout: ArrayLike) -> np.ndarray | None:
        stem, *nodes, head = self.layers.values()
        dmean = needed(head.backward(dout)) / len(self.loose_ends)
        douts = [dmean if number in self.loose_ends else np.zeros((), dmean.dtype) for number in range(len(nodes) + 1)]
        for number in reversed(range(len(nodes))):
            source = self.inputs[number]
            douts[source] = douts[source] + needed(nodes[number].backward(douts[number + 1]))
        return stem.backward(douts[0])

    def describe(self) -> str:
        """The child in words: "1 = conv3x3(stem), 2 = max3x3(1), scores from 2"."""
        name = ["stem", *map(str, range(1, len(self.inputs) + 1))]
        steps = [
            f"{node} = {operation}({name[source]})"
            for node, (source, operation) in enumerate(zip(self.inputs, self.operations, strict=True), start=1)
        ]
        return ", ".join([*steps, "scores from " + " and ".join(name[end] for end in self.loose_ends)])
