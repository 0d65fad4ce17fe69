"""Correct answers of lesson {number}, written differently. Each entry is the whole source of an answer cell."""

import numpy as np


# %% {exercise}: added
def double(x):
    return x + x


# %% {exercise}: by-numpy
def double(x):
    return np.multiply(x, 2.0)
