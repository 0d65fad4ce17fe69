"""Efficient neural architecture search (Pham et al. 2018), small enough for digits and a minute.

`shared_network` holds the weights, `controller` writes the networks, `search` trains the two in turns.
"""

from reference.architecture_search.controller import Controller, MovingAverage
from reference.architecture_search.search import (
    SearchHistory,
    derive,
    search,
    train_controller,
    train_shared_weights,
)
from reference.architecture_search.shared_network import OPERATIONS, Child, SharedNetwork

__all__ = [
    "OPERATIONS",
    "Child",
    "Controller",
    "MovingAverage",
    "SearchHistory",
    "SharedNetwork",
    "derive",
    "search",
    "train_controller",
    "train_shared_weights",
]
