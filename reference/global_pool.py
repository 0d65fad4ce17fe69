"""Global pooling: one value per image and channel, whatever the size of the map."""

import math

import numpy as np
from numpy.typing import ArrayLike

from reference.arguments import Shape, float_arrays, same_shape, spatial
from reference.sums import mean


def global_avg_pool(x: ArrayLike) -> np.ndarray:
    """The mean over all spatial axes.

    Parameters
    ----------
    x : (N, C, *size) array

    Returns
    -------
    out : (N, C, 1, ...) array

    Notes
    -----
    Lin, Chen and Yan 2014, section 3.2.

    Examples
    --------
    >>> global_avg_pool(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[1.5]]]])
    """
    dtype, x = _maps(x)
    return mean(x, _spatial_axes(x), keepdims=True).astype(dtype, copy=False)


def global_avg_pool_backward(dout: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Gradient of `sum(dout * global_avg_pool(x))`: each pixel gets the same share.

    Parameters
    ----------
    dout : (N, C, 1, ...) array
    x : (N, C, *size) array
        Only its shape and type count.

    Returns
    -------
    dx : array of the shape of x

    Examples
    --------
    >>> global_avg_pool_backward(np.array([[[8.0]]]), np.zeros((1, 1, 4)))
    array([[[2., 2., 2., 2.]]])
    """
    dtype, dout, x = _gradient_and_maps(dout, x)
    share = (dout / math.prod(x.shape[2:])).astype(dtype, copy=False)
    return np.broadcast_to(share, x.shape).copy()


def global_max_pool(x: ArrayLike) -> np.ndarray:
    """The maximum over all spatial axes.

    Parameters
    ----------
    x : (N, C, *size) array

    Returns
    -------
    out : (N, C, 1, ...) array

    Examples
    --------
    >>> global_max_pool(np.arange(4.0).reshape(1, 1, 2, 2))
    array([[[[3.]]]])
    """
    dtype, x = _maps(x)
    return x.max(axis=_spatial_axes(x), keepdims=True).astype(dtype, copy=False)


def global_max_pool_backward(dout: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Gradient of `sum(dout * global_max_pool(x))`: the first maximum gets it all, or the last NaN.

    Parameters
    ----------
    dout : (N, C, 1, ...) array
    x : (N, C, *size) array

    Returns
    -------
    dx : array of the shape of x

    Examples
    --------
    >>> global_max_pool_backward(np.array([[[8.0]]]), np.array([[[1.0, 3.0, 3.0, 2.0]]]))
    array([[[0., 8., 0., 0.]]])
    """
    dtype, dout, x = _gradient_and_maps(dout, x)
    pixels = x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
    winner = pixels.argmax(axis=-1, keepdims=True)
    if np.isnan(x).any():  # argmax finds the first NaN, but as in PyTorch the last one wins
        nan = np.isnan(pixels)
        last = pixels.shape[-1] - 1 - nan[..., ::-1].argmax(axis=-1, keepdims=True)
        winner = np.where(nan.any(axis=-1, keepdims=True), last, winner)
    dx = np.zeros(pixels.shape, dtype)
    np.put_along_axis(dx, winner, dout.reshape(*dout.shape[:2], 1), axis=-1)
    return dx.reshape(x.shape)


def _maps(x: ArrayLike) -> tuple[np.dtype, np.ndarray]:
    """Return the result dtype and x, which has something to pool."""
    dtype, x = float_arrays("x", x)
    spatial("x", x)
    if 0 in x.shape[2:]:
        raise ValueError(f"x has shape {x.shape}: there is nothing to pool")
    return dtype, x


def _gradient_and_maps(dout: ArrayLike, x: ArrayLike) -> tuple[np.dtype, np.ndarray, np.ndarray]:
    """Return the result dtype, dout and x."""
    dtype, dout, x = float_arrays("dout, x", dout, x)
    _maps(x)
    same_shape("dout", dout, f"x {x.shape}", (*x.shape[:2], *(1,) * (x.ndim - 2)))
    return dtype, dout, x


def _spatial_axes(x: np.ndarray) -> Shape:
    return tuple(range(2, x.ndim))
