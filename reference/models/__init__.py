"""Networks that made history, built from `reference.layers`."""

from reference.models.alexnet import AlexNet
from reference.models.lenet5 import LeNet5

__all__ = ["AlexNet", "LeNet5"]
