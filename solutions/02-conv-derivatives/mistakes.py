"""Known mistakes of lesson 02, each as a learner writes it, with what to tell that learner.

A mistake that occurs in several exercises has the same id in each: underscores at the end of a name do not count.
"""

import numpy as np

from grading.lesson.exercise import mistake

# ---------------------------------------------------------------- numerical-gradient


@mistake("numerical-gradient", loses="elementwise coupled")
def one_sided_difference(f, x, upstream, h=1e-5):
    """This looks like the one-sided difference, from x to x + h. How large is its error when h is 0.1, and
    what does a step to the other side do to the leading part of that error?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    before = np.sum(f(x) * upstream)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += h
        grad[index] = (np.sum(f(moved) * upstream) - before) / h
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def divided_by_h(f, x, upstream, h=1e-5):
    """Every entry looks twice as large as it should be. How far apart are the two points at which you
    evaluate f?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum((f(up) - f(down)) * upstream) / h
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def upstream_ignored(f, x, upstream, h=1e-5):
    """This looks like the gradient of sum(f(x)), with every output counted equally. Where does upstream say
    how much each output matters?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum(f(up) - f(down)) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def upstream_summed(f, x, upstream, h=1e-5):
    """The two sums look as if they were taken apart: sum(f(x)) times sum(upstream). Each output has its own
    weight: what comes first, the product or the sum?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum(f(up) - f(down)) * np.sum(upstream) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def averaged_over_outputs(f, x, upstream, h=1e-5):
    """This looks like the gradient of a mean over the outputs. The loss here is a sum: which function of
    NumPy divides without being asked?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.mean((f(up) - f(down)) * upstream) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="coupled float32")
def all_entries_moved_at_once(f, x, upstream, h=1e-5):
    """All entries of x seem to move together. That is right only where output i depends on x[i] alone. What
    changes when you move a single entry and leave the others?"""
    x = np.array(x, dtype=float)
    return (f(x + h) - f(x - h)) / (2 * h) * upstream


@mistake("numerical-gradient", loses="coupled float32", silent="coupled float32")
def same_output_only(f, x, upstream, h=1e-5):
    """Only the output at the index that moved seems to be counted. Which outputs can change when one entry of
    x moves?"""
    x = np.array(x, dtype=float)
    upstream = np.asarray(upstream)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = (f(up)[index] - f(down)[index]) / (2 * h) * upstream[index]
    return grad


@mistake("numerical-gradient", loses="coupled")
def step_not_restored(f, x, upstream, h=1e-5):
    """The entries visited earlier seem to be still moved when a later one is measured. What is the state of
    your array when the loop comes to its next index?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = np.sum(f(x) * upstream)
        x[index] -= 2 * h
        below = np.sum(f(x) * upstream)
        grad[index] = (above - below) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="elementwise", silent="elementwise")
def two_or_three_axes(f, x, upstream, h=1e-5):
    """x may have any number of axes. What runs over all indices of an array, however many there are?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    indices = [(i, j) for i in range(x.shape[0]) for j in range(x.shape[1])]
    if x.ndim > 2:
        indices = [(*index, k) for index in indices for k in range(x.shape[2])]
    for index in indices:
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        grad[index] = np.sum((f(above) - f(below)) * upstream) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="coupled", silent="coupled")
def flattened_copy_changed(f, x, upstream, h=1e-5):
    """Your gradient is zero where x lies in memory column by column: the step is made in a copy. When does ravel
    return a view of its array, and when a copy?"""
    x = np.array(x, dtype=float)
    flat, grad = x.ravel(), np.zeros(x.size)
    for i, start in enumerate(flat.copy()):
        flat[i] = start + h
        above = np.sum(f(x) * upstream)
        flat[i] = start - h
        below = np.sum(f(x) * upstream)
        flat[i] = start
        grad[i] = (above - below) / (2 * h)
    return grad.reshape(x.shape)


@mistake("numerical-gradient", loses="float32")
def step_taken_in_float32(f, x, upstream, h=1e-5):
    """x + h is computed in float32, where the step is lost: near 1000, the next number is 6e-5 away. In which type must
    the step be taken?"""
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        step = float(above[index]) - float(below[index]) or h
        change = f(above.astype(float)) - f(below.astype(float))
        grad[index] = np.sum(change * upstream) / step
    return grad


@mistake("numerical-gradient", loses="elementwise coupled")
def step_ignored(f, x, upstream, h=1e-5):
    """The result looks as if the step were always 1e-5. Which argument says how far to move? (A formula with more
    than two points looks so too: the contract asks for x + h and x - h.)"""
    x = np.array(x, dtype=float)
    step = 1e-5
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step
        grad[index] = np.sum((f(up) - f(down)) * upstream) / (2 * step)
    return grad


@mistake("numerical-gradient", loses="float32")
def step_lost_in_float32(f, x, upstream, h=1e-5):
    """The result is right in float64 and noisy in float32. How many digits has 1.0 + 1e-5 left in float32,
    and in which dtype do you take the step?"""
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum(f(up) * upstream - f(down) * upstream) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def input_modified(f, x, upstream, h=1e-5):
    """Your function leaves x changed, and the caller still needs it. Which line writes into x, and what would
    have to happen before the loop so that it may?"""
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = np.sum(f(x) * upstream)
        x[index] -= 2 * h
        below = np.sum(f(x) * upstream)
        grad[index] = (above - below) / (2 * h)
    return grad


@mistake("numerical-gradient", loses="elementwise coupled float32")
def whole_rows_moved(f, x, upstream, h=1e-5):
    """Whole rows of x seem to move at once, so a row has one slope. How does a loop reach each entry of an
    array of any number of axes?"""
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        grad[i] = np.sum((f(up) - f(down)) * upstream) / (2 * h)
    return grad


# ---------------------------------------------------------------- conv2d-backward


@mistake("conv2d-backward", loses="db dw dx", silent="db dw dx")
def nothing_left_of_a_single_row(dout, x, w, stride=1, padding=0):
    """A kernel may be one row high: then the slice [KH - 1 : 1 - KH] is [0:0], which is empty."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    HP, WP = xp.shape[2:]
    wide = np.zeros((N, F, HP + KH - 1, WP + KW - 1))
    inner = np.zeros((N, F, HP - KH + 1, WP - KW + 1))
    inner[:, :, : OH * stride : stride, : OW * stride : stride] = dout
    wide[:, :, KH - 1 : 1 - KH, KW - 1 : 1 - KW] = inner
    seen = np.lib.stride_tricks.sliding_window_view(wide, (KH, KW), axis=(2, 3))
    dxp = np.einsum("nfijkl,fckl->ncij", seen, w[:, :, ::-1, ::-1])
    seen = np.lib.stride_tricks.sliding_window_view(xp, (KH, KW), axis=(2, 3))[:, :, ::stride, ::stride]
    dw = np.einsum("nfij,ncijkl->fckl", dout, seen)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum((0, 2, 3))


@mistake("conv2d-backward", loses="db dw dx stride", silent="db dw dx stride")
def squeezed(dout, x, w, stride=1, padding=0):
    """squeeze drops every axis of length 1, also that of a single channel, as grey images have."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for k in range(KH):
        for l in range(KW):
            s = np.s_[:, :, k : k + stride * (OH - 1) + 1 : stride, l : l + stride * (OW - 1) + 1 : stride]
            dw[:, :, k, l] = np.tensordot(dout, xp[s], ((0, 2, 3), (0, 2, 3))).squeeze()
            dxp[s] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum((0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def rest_of_the_unpadded_size(dout, x, w, stride=1, padding=0):
    """Your dx is too small where more rows or columns are left over than there is padding: you count those that no
    window sees without the padding. How large is the array that the windows move over?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows, columns = (OH - 1) * stride + KH + (H - KH) % stride, (OW - 1) * stride + KW + (W - KW) % stride
    dxp, dw = np.zeros((N, C, rows, columns)), np.zeros(w.shape)
    for i in range(OH):
        for j in range(OW):
            s = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.tensordot(dout[:, :, i, j], xp[s], (0, 0))
            dxp[s] += np.tensordot(dout[:, :, i, j], w, (1, 0))
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum((0, 2, 3))


@mistake("conv2d-backward", loses="db")
def bias_gradient_averaged(dout, x, w, stride=1, padding=0):
    """db looks like a mean. One bias is added to every output of its kernel: do the effects of a small change
    of it add up or average out?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    db = dout.mean(axis=(0, 2, 3))
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, db


@mistake("conv2d-backward", loses="db")
def bias_summed_over_batch_only(dout, x, w, stride=1, padding=0):
    """db keeps the positions of the output. How many biases are there, and at how many positions is each of
    them used?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=0)


@mistake("conv2d-backward", loses="db")
def bias_summed_over_kernels(dout, x, w, stride=1, padding=0):
    """db is one number for all kernels. Which outputs does the bias of kernel 0 reach?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum()


@mistake("conv2d-backward", loses="dw padding stride")
def first_axes_mixed(dout, x, w, stride=1, padding=0):
    """dw looks as if dout had been reshaped to (F, N * OH * OW) directly. A reshape keeps the order of the
    numbers in memory: which axis of dout comes first there, and which one do the rows need?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp = np.zeros_like(xp)
    patches = []
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                r, s = i * stride, j * stride
                patches.append(xp[n, :, r : r + KH, s : s + KW].ravel())
                dxp[n, :, r : r + KH, s : s + KW] += np.einsum("f,fchw->chw", dout[n, :, i, j], w)
    dw = (dout.reshape(F, -1) @ np.array(patches)).reshape(w.shape)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dw padding stride")
def kernel_gradient_flipped(dout, x, w, stride=1, padding=0):
    """dw looks right but turned by 180 degrees. The forward pass is a cross-correlation: does x[i + k] meet
    w[k], or w[K - 1 - k]?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dw = dw[:, :, ::-1, ::-1]
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dw padding stride")
def kernel_gradient_in_same_mode(dout, x, w, stride=1, padding=0):
    """dw is as large as an image: that is the "same" mode of a correlation. Which mode leaves only the shifts
    at which the whole of dout lies on the input, and how many are there?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp = np.zeros_like(xp)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    spread = np.zeros((N, F, (OH - 1) * stride + 1, (OW - 1) * stride + 1), dout.dtype)
    spread[:, :, ::stride, ::stride] = dout
    SH, SW = spread.shape[2:]
    top, left = (SH - 1) // 2, (SW - 1) // 2
    wide = np.pad(xp, ((0, 0), (0, 0), (top, SH - 1 - top), (left, SW - 1 - left)))
    dw = np.zeros((F, C, *xp.shape[2:]), w.dtype)
    for k in range(xp.shape[2]):
        for l in range(xp.shape[3]):
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", spread, wide[:, :, k : k + SH, l : l + SW])
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dw padding stride")
def last_image_wins(dout, x, w, stride=1, padding=0):
    """dw looks like the gradient of the last image of the batch alone. What happens to the share of image 0
    when the loop comes to image 1?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp = np.zeros_like(xp)
    for n in range(N):
        dw = np.zeros_like(w)
        for i in range(OH):
            for j in range(OW):
                r, s = i * stride, j * stride
                dw += np.einsum("f,chw->fchw", dout[n, :, i, j], xp[n, :, r : r + KH, s : s + KW])
                dxp[n, :, r : r + KH, s : s + KW] += np.einsum("f,fchw->chw", dout[n, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="db dw padding stride")
def averaged_over_batch(dout, x, w, stride=1, padding=0):
    """The parameter gradients are smaller by the number of images. If the loss is a mean over the batch, dout
    already holds that factor. Does your function know what the loss is?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw / N, dout.sum(axis=(0, 2, 3)) / N


@mistake("conv2d-backward", loses="dx padding stride")
def kernel_not_flipped(dout, x, w, stride=1, padding=0):
    """dx looks like dout correlated with the kernel as it is. Follow one input pixel: which kernel entry
    carries it to the output at its own place, and which one to the output before that?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    spread = np.zeros((N, F, xp.shape[2] + KH - 1, xp.shape[3] + KW - 1), dout.dtype)
    spread[:, :, KH - 1 :, KW - 1 :][:, :, : OH * stride : stride, : OW * stride : stride] = dout
    dxp = np.zeros_like(xp)
    for i in range(xp.shape[2]):
        for j in range(xp.shape[3]):
            dxp[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KH, j : j + KW], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def kernel_transposed(dout, x, w, stride=1, padding=0):
    """dx looks as if rows and columns of the kernel were exchanged. A transpose reflects at the diagonal.
    Which motion of the kernel reverses each of its axes?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    spread = np.zeros((N, F, xp.shape[2] + KH - 1, xp.shape[3] + KW - 1), dout.dtype)
    spread[:, :, KH - 1 :, KW - 1 :][:, :, : OH * stride : stride, : OW * stride : stride] = dout
    turned = w.transpose(0, 1, 3, 2)
    dxp = np.zeros((N, C, xp.shape[2] + KH - KW, xp.shape[3] + KW - KH), x.dtype)
    for i in range(dxp.shape[2]):
        for j in range(dxp.shape[3]):
            dxp[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KW, j : j + KH], turned)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def kernels_reshaped_not_swapped(dout, x, w, stride=1, padding=0):
    """dx looks as if w had been reshaped from (F, C, ...) to (C, F, ...). With F = C = 1 that does nothing.
    Which operation exchanges two axes, and which one only cuts the same row of numbers differently?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    swapped = w.reshape(C, F, KH, KW)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,cfhw->nchw", dout[:, :, i, j], swapped)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def overwritten_where_windows_overlap(dout, x, w, stride=1, padding=0):
    """Where windows overlap, dx looks as if only the last of them counts. A pixel in four windows has four
    ways into the loss: what do you do with what is there already?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def last_kernel_wins(dout, x, w, stride=1, padding=0):
    """dx looks like the share of the last kernel alone. Each input channel feeds every kernel: how do their
    errors come together in one pixel?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for f in range(F):
        dxp = np.zeros_like(xp)
        for i in range(OH):
            for j in range(OW):
                r, s = i * stride, j * stride
                dw[f] += np.einsum("n,nchw->chw", dout[:, f, i, j], xp[:, :, r : r + KH, s : s + KW])
                dxp[:, :, r : r + KH, s : s + KW] += np.einsum("n,chw->nchw", dout[:, f, i, j], w[f])
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def input_gradient_in_same_mode(dout, x, w, stride=1, padding=0):
    """dx has the size of dout: that is the "same" mode. The pixel in the corner of x is seen by one window.
    How many zeros around dout does the flipped kernel need to reach it?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    spread = np.zeros((N, F, (OH - 1) * stride + 1, (OW - 1) * stride + 1), dout.dtype)
    spread[:, :, ::stride, ::stride] = dout
    SH, SW = spread.shape[2:]
    top, left = (KH - 1) // 2, (KW - 1) // 2
    spread = np.pad(spread, ((0, 0), (0, 0), (top, KH - 1 - top), (left, KW - 1 - left)))
    flipped = w[:, :, ::-1, ::-1]
    dx = np.zeros((N, C, SH, SW), x.dtype)
    for i in range(SH):
        for j in range(SW):
            dx[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KH, j : j + KW], flipped)
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def odd_kernels_only(dout, x, w, stride=1, padding=0):
    """dx is right for odd kernels, but an even one makes it a row or a column too large. A kernel of size K
    reaches K - 1 pixels beyond an edge: when is that the same as 2 * (K // 2)?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    spread = np.zeros((N, F, xp.shape[2] - KH + 1, xp.shape[3] - KW + 1), dout.dtype)
    spread[:, :, : OH * stride : stride, : OW * stride : stride] = dout
    reach = 2 * (KH // 2) - padding, 2 * (KW // 2) - padding
    spread = np.pad(spread, ((0, 0), (0, 0), (reach[0], reach[0]), (reach[1], reach[1])))
    flipped = w[:, :, ::-1, ::-1]
    dx = np.zeros((N, C, spread.shape[2] - KH + 1, spread.shape[3] - KW + 1), x.dtype)
    for i in range(dx.shape[2]):
        for j in range(dx.shape[3]):
            dx[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KH, j : j + KW], flipped)
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def square_kernels_only(dout, x, w, stride=1, padding=0):
    """dx is right for square kernels only. Its size looks as if the height of the kernel were used for both
    axes. What is the shape of dx for a 2x3 kernel?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    spread = np.zeros((N, F, xp.shape[2] - KH + 1, xp.shape[3] - KW + 1), dout.dtype)
    spread[:, :, : OH * stride : stride, : OW * stride : stride] = dout
    reach = KH - 1 - padding
    spread = np.pad(spread, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    flipped = w[:, :, ::-1, ::-1]
    dx = np.zeros((N, C, spread.shape[2] - KH + 1, spread.shape[3] - KW + 1), x.dtype)
    for i in range(dx.shape[2]):
        for j in range(dx.shape[3]):
            dx[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KH, j : j + KW], flipped)
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx padding stride")
def learning_rate_in_the_error(dout, x, w, stride=1, padding=0):
    """dx looks right but scaled by a small factor, such as a learning rate. The next layer down receives dx
    as its dout: how often would the factor have been applied ten layers further down?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    learning_rate = 0.01
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = learning_rate * dxp[:, :, padding : padding + H, padding : padding + W]
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dx stride")
def cropped_to_nothing(dout, x, w, stride=1, padding=0):
    """dx has no rows and no columns when padding is 0. What does Python make of the slice [padding:-padding]
    then, and how can a slice name its end without counting from the back?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding:-padding, padding:-padding], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="padding stride")
def padding_not_cropped(dout, x, w, stride=1, padding=0):
    """dx has the size of the padded input. The zeros of the padding are no input of the layer: whose gradient
    stands in that border, and who asked for it?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="padding stride")
def cropped_at_the_wrong_end(dout, x, w, stride=1, padding=0):
    """dx has the right size, but it looks shifted: the padding seems to be cut at the bottom and the right
    only. Where in the padded array does pixel [0, 0] of x lie?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, :H, :W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="padding stride", silent="padding stride")
def kernel_gradient_from_unpadded_input(dout, x, w, stride=1, padding=0):
    """dw is computed from x without its padding. Which array did the windows of the forward pass lie on?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    dxp = np.zeros((N, C, H + 2 * padding, W + 2 * padding), x.dtype)
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], x[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def stride_ignored_in_input_gradient(dout, x, w, stride=1, padding=0):
    """dx looks as if neighbouring outputs came from neighbouring windows. With stride 2, where in the padded
    input does the window of output [1, 1] start?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
            dxp[:, :, i : i + KH, j : j + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def stride_ignored_in_kernel_gradient(dout, x, w, stride=1, padding=0):
    """dw looks as if the windows lay side by side, one pixel apart. Which pixels of the input did kernel
    entry [0, 0] meet, with this stride?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, i : i + KH, j : j + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def error_repeated_by_the_stride(dout, x, w, stride=1, padding=0):
    """dx looks as if every error had been repeated stride times in each direction. How many windows are
    there, and does anything start at the pixels between their corners?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    repeated = np.repeat(np.repeat(dout, stride, axis=2), stride, axis=3)
    for i in range(min(repeated.shape[2], xp.shape[2] - KH + 1)):
        for j in range(min(repeated.shape[3], xp.shape[3] - KW + 1)):
            dxp[:, :, i : i + KH, j : j + KW] += np.einsum("nf,fchw->nchw", repeated[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def one_zero_too_many(dout, x, w, stride=1, padding=0):
    """dx looks as if the errors lay stride + 1 pixels apart. From one window to the next it is stride pixels:
    how many zeros lie between two neighbours?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    gap = stride + 1 if stride > 1 else 1
    dxp = np.zeros((N, C, max(xp.shape[2], (OH - 1) * gap + KH), max(xp.shape[3], (OW - 1) * gap + KW)), x.dtype)
    for i in range(OH):
        for j in range(OW):
            dxp[:, :, i * gap : i * gap + KH, j * gap : j * gap + KW] += np.einsum(
                "nf,fchw->nchw", dout[:, :, i, j], w
            )
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="stride")
def tail_rows_lost(dout, x, w, stride=1, padding=0):
    """dx is smaller than x where the stride does not divide. The last rows are seen by no window. What is the
    gradient of a pixel that no output depends on, and does it still need a place in dx?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dw = np.zeros_like(w)
    dxp = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dxp[:, :, padding : dxp.shape[2] - padding, padding : dxp.shape[3] - padding]
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="db dw dx padding stride")
def all_ones_upstream(dout, x, w, stride=1, padding=0):
    """The result does not depend on dout: it looks like the gradient of the sum of all outputs. What does
    dout[n, f, i, j] stand for in the chain rule?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    dout = np.ones_like(dout)
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="dw dx padding stride")
def results_exchanged(dout, x, w, stride=1, padding=0):
    """dx and dw seem to have changed places. In which order does the contract return the three gradients?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dw, dxp[:, :, padding : padding + H, padding : padding + W], dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="db dw dx padding stride", silent="db dw dx padding stride")
def height_and_width_exchanged(dout, x, w, stride=1, padding=0):
    """Rows and columns seem to be exchanged: it works for square arrays only. In which order do the axes of
    dout come?"""
    N, C, W, H = x.shape
    F, _, KW, KH = w.shape
    OW, OH = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="db dw dx padding stride", silent="db dw dx padding stride")
def float64_only(dout, x, w, stride=1, padding=0):
    """This works for float64 arrays only. Which line fixes a dtype instead of taking that of its
    arguments?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    product = np.empty((N, C * KH * KW), np.float64)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            np.dot(dout[:, :, i, j], w.reshape(F, -1), out=product)
            dxp[:, :, r : r + KH, s : s + KW] += product.reshape(N, C, KH, KW)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward", loses="db dw dx stride")
def input_modified_(dout, x, w, stride=1, padding=0):
    """Your function changes one of its arguments, and the caller still needs it. When padding is 0, do you
    work on a padded copy, or on the array that came in?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))) if padding else x
    dw = np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
    dxp = xp
    dxp[:] = 0
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, padding : padding + H, padding : padding + W], dw, dout.sum(axis=(0, 2, 3))


# ---------------------------------------------------------------- debug: the unflipped kernel


@mistake("unflipped-case", loses="shown")
def bug_not_shown():
    """On your arguments the bug makes no difference. Turn your kernel by 180 degrees in your mind: is it
    another kernel then? And is there an error for it to act on?"""
    return np.ones((3, 3)), np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])


@mistake("unflipped-case", loses="shown", silent="shown")
def four_axes():
    """The contract asks for two axes. That one of the functions cannot compute with four is not the bug."""
    return np.ones((1, 1, 3, 3)), np.array([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]])


@mistake("unflipped-case", loses="shown", silent="shown")
def antidiagonal_kernel():
    """This kernel does not change when it is turned by 180 degrees."""
    return np.arange(9.0).reshape(3, 3), np.array([[0.0, 1.0], [1.0, 0.0]])


@mistake("unflipped-case", loses="shown", silent="shown")
def zero_error():
    """With an error of zero, every gradient is zero."""
    return np.zeros((2, 3)), np.array([[1.0, 2.0], [3.0, 4.0]])


@mistake("unflipped-case", loses="shown", silent="shown")
def kernel_of_one_entry():
    """A 1x1 kernel has nothing to turn."""
    return np.arange(6.0).reshape(2, 3), np.array([[2.0]])


@mistake("unflipped-mend", loses="square rectangular")
def kernel_not_flipped_(dout, w):
    """The kernel is still used as it is. Which of the arrays in the function is computed and never used?"""
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w)
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def flipped_left_to_right_only(dout, w):
    """The kernel looks reversed along its rows only. How many axes does the kernel slide along?"""
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w[:, ::-1])
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def flipped_upside_down_only(dout, w):
    """The kernel looks reversed from top to bottom only. How many axes does the kernel slide along?"""
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w[::-1])
    return dx


@mistake("unflipped-mend", loses="square rectangular", silent="rectangular")
def kernel_transposed_(dout, w):
    """The kernel looks transposed: rows and columns exchanged. Is that the same as reversing both axes?"""
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w.T)
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def turned_by_90_degrees(dout, w):
    """The kernel looks turned by a quarter. How many quarters reverse both axes?"""
    turned = np.rot90(w)
    KH, KW = turned.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * turned)
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def same_mode(dout, w):
    """dx has the size of dout, not of x. How many zeros around dout did the function start with?"""
    KH, KW = w.shape
    top, left = (KH - 1) // 2, (KW - 1) // 2
    padded = np.pad(dout, ((top, KH - 1 - top), (left, KW - 1 - left)))
    dx = np.zeros(dout.shape)
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w[::-1, ::-1])
    return dx


@mistake("unflipped-mend", loses="rectangular")
def square_kernels_only_(dout, w):
    """This is right for square kernels only. How far does a 2x3 kernel reach beyond an edge, in each
    direction?"""
    KH, KW = w.shape
    padded = np.pad(dout, KH - 1)
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w[::-1, ::-1])
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def input_modified__(dout, w):
    """Your function changes one of its arguments. Does w[:] = ... make a new array or write into the old
    one?"""
    w[:] = w[::-1, ::-1].copy()
    KH, KW = w.shape
    padded = np.pad(dout, ((KH - 1, KH - 1), (KW - 1, KW - 1)))
    dx = np.zeros((padded.shape[0] - KH + 1, padded.shape[1] - KW + 1))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            dx[i, j] = np.sum(padded[i : i + KH, j : j + KW] * w)
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def errors_overwritten(dout, w):
    """Where windows overlap, only the last of them seems to count. What happens to what a pixel has received
    already?"""
    KH, KW = w.shape
    OH, OW = dout.shape
    dx = np.zeros((OH + KH - 1, OW + KW - 1))
    for i in range(OH):
        for j in range(OW):
            dx[i : i + KH, j : j + KW] = dout[i, j] * w
    return dx


@mistake("unflipped-mend", loses="square rectangular")
def window_around_its_centre(dout, w):
    """dx has the right size but looks shifted by one. Between which two outputs and pixels does entry [0, 0]
    of the kernel lie?"""
    KH, KW = w.shape
    OH, OW = dout.shape
    dx = np.zeros((OH + KH, OW + KW))
    for i in range(OH):
        for j in range(OW):
            dx[i + 1 : i + 1 + KH, j + 1 : j + 1 + KW] += dout[i, j] * w
    return dx[: OH + KH - 1, : OW + KW - 1]


# ---------------------------------------------------------------- conv-matrix


@mistake("conv-matrix", loses="stride-padding")
def windows_never_apart(w, input_shape, stride=1, padding=0):
    """Your windows lie side by side where the stride is larger than the kernel. What lies between two windows then?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    down, across = min(stride, KH), min(stride, KW)
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    M = np.zeros((F, OH, OW, C, H, W))
    for i, j, k, l in np.ndindex(OH, OW, KH, KW):
        row, column = i * down + k - padding, j * across + l - padding
        if 0 <= row < H and 0 <= column < W:
            M[:, i, j, :, row, column] = w[:, :, k, l]
    return M.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="plane channels stride-padding")
def kernel_flipped(w, input_shape, stride=1, padding=0):
    """The rows hold the kernel in reverse. That is the matrix of a convolution in the mathematical sense.
    Which of the two does conv2d_forward compute?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, c, r, s] = w[f, c, KH - 1 - k, KW - 1 - l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="plane channels stride-padding")
def matrix_transposed(w, input_shape, stride=1, padding=0):
    """The matrix looks transposed: it maps outputs to inputs. How many rows must it have so that matrix @
    x.ravel() is an output?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((C, H, W, F, OH, OW))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[c, r, s, f, i, j] = w[f, c, k, l]
    return matrix.reshape(C * H * W, F * OH * OW)


@mistake("conv-matrix", loses="stride-padding")
def stride_ignored(w, input_shape, stride=1, padding=0):
    """Neighbouring rows are shifted by one pixel. With stride 2, where does the second window start?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i + k - padding, j + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, c, r, s] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="stride-padding")
def padding_has_columns(w, input_shape, stride=1, padding=0):
    """The matrix has columns for the zeros of the padding. What is multiplied by the matrix, x or the padded
    x?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    H, W = H + 2 * padding, W + 2 * padding
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        matrix[f, i, j, c, i * stride + k, j * stride + l] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="stride-padding")
def padding_wraps_around(w, input_shape, stride=1, padding=0):
    """Kernel entries that fall into the padding seem to land at the opposite edge of the image. What does
    NumPy make of the index -1?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if r < H and s < W:
            matrix[f, i, j, c, r, s] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="channels stride-padding")
def channels_last(w, input_shape, stride=1, padding=0):
    """The columns seem to be ordered with the channels last. In which order does x.ravel() visit an array of
    shape (C, H, W)?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, H, W, C))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, r, s, c] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="channels stride-padding")
def kernels_last(w, input_shape, stride=1, padding=0):
    """The rows seem to be ordered with the kernels last. In which order does out.ravel() visit an array of
    shape (F, OH, OW)?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((OH, OW, F, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[i, j, f, c, r, s] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="channels stride-padding")
def first_channel_only(w, input_shape, stride=1, padding=0):
    """Only the columns of channel 0 are filled. Through how many channels does one output see the input?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, k, l in np.ndindex(F, OH, OW, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, 0, r, s] = w[f, 0, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="plane channels stride-padding")
def rows_wrap_into_the_next(w, input_shape, stride=1, padding=0):
    """The rows look as if they were all shifted by one column, one after the other. Where does the window go
    when it reaches the right edge of the image?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH * OW, C, H * W))
    for f, row, c, k, l in np.ndindex(F, OH * OW, C, KH, KW):
        column = row * stride + k * W + l
        if column < H * W:
            matrix[f, row, c, column] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


@mistake("conv-matrix", loses="plane channels stride-padding")
def height_and_width_exchanged_(w, input_shape, stride=1, padding=0):
    """The pixels look numbered column by column. In which order does x.ravel() number the pixels of a row?"""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = (H + 2 * padding - KH) // stride + 1, (W + 2 * padding - KW) // stride + 1
    matrix = np.zeros((F, OH, OW, C, W, H))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, c, s, r] = w[f, c, k, l]
    return matrix.reshape(F * OH * OW, C * H * W)


# ---------------------------------------------------------------- conv-transpose2d


@mistake("conv-transpose2d", loses="plain padding stride")
def kernel_flipped_(y, w, stride=1, padding=0):
    """Every stamp of the kernel looks turned by 180 degrees. Scattering needs no flip: which of the two
    pictures, gather or scatter, does your code follow, and does the flip belong to it?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += np.einsum(
                "nf,fchw->nchw", y[:, :, i, j], w[:, :, ::-1, ::-1]
            )
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def kernels_reshaped_not_swapped_(y, w, stride=1, padding=0):
    """Kernels and channels look mixed, as by a reshape of w from (F, C, ...) to (C, F, ...). Which operation
    exchanges two axes?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    swapped = w.reshape(C, F, KH, KW)
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += np.einsum(
                "nf,cfhw->nchw", y[:, :, i, j], swapped
            )
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="stride")
def stride_ignored_(y, w, stride=1, padding=0):
    """The result is as large as with stride 1. With stride s, how far apart are two neighbouring stamps?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, OH - 1 + KH, OW - 1 + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i : i + KH, j : j + KW] += np.einsum("nf,fchw->nchw", y[:, :, i, j], w)
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="padding stride")
def padding_added(y, w, stride=1, padding=0):
    """The result grows with the padding. The convolution went from the padded input to y: what becomes of the
    padding on the way back?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += np.einsum(
                "nf,fchw->nchw", y[:, :, i, j], w
            )
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))


@mistake("conv-transpose2d", loses="padding stride")
def padding_ignored(y, w, stride=1, padding=0):
    """The border of the padding is still there. Which convolution input do its rows and columns belong to?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += np.einsum(
                "nf,fchw->nchw", y[:, :, i, j], w
            )
    return x


@mistake("conv-transpose2d", loses="plain stride")
def cropped_to_nothing_(y, w, stride=1, padding=0):
    """The result is empty when padding is 0. What does Python make of the slice [padding:-padding] then?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += np.einsum(
                "nf,fchw->nchw", y[:, :, i, j], w
            )
    return x[:, :, padding:-padding, padding:-padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def overwritten_where_stamps_overlap(y, w, stride=1, padding=0):
    """Where stamps overlap, only the last of them seems to count. What happens to what the pixel holds
    already?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = np.einsum(
                "nf,fchw->nchw", y[:, :, i, j], w
            )
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def averaged_where_stamps_overlap(y, w, stride=1, padding=0):
    """Overlapping stamps look averaged. Is the transpose of a matrix a sum over its rows, or a mean?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    count = np.zeros(x.shape[2:])
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            x[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", y[:, :, i, j], w)
            count[r : r + KH, s : s + KW] += 1
    x = x / np.maximum(count, 1)
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def first_kernel_only(y, w, stride=1, padding=0):
    """Only the stamps of kernel 0 are there. Every map of y has a kernel of its own: how do their stamps come
    together?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            x[:, :, r : r + KH, s : s + KW] += y[:, 0, i, j][:, None, None, None] * w[0]
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def convolved_forwards(y, w, stride=1, padding=0):
    """The result is smaller than y: this looks like the convolution itself. Which way round do you go, from x
    to y or from y to x?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    padded = np.pad(y, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    height = (padded.shape[2] - KH) // stride + 1
    width = (padded.shape[3] - KW) // stride + 1
    x = np.zeros((N, C, height, width))
    for i in range(height):
        for j in range(width):
            r, s = i * stride, j * stride
            x[:, :, i, j] = np.einsum("nfhw,fchw->nc", padded[:, :, r : r + KH, s : s + KW], w)
    return x


@mistake("conv-transpose2d", loses="plain padding stride")
def inverted_instead_of_transposed(y, w, stride=1, padding=0):
    """This looks like an attempt to undo the convolution, by its inverse. Is the transpose of a matrix its
    inverse?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    H, W = (OH - 1) * stride + KH - 2 * padding, (OW - 1) * stride + KW - 2 * padding
    matrix = np.zeros((F, OH, OW, C, H, W))
    for f, i, j, c, k, l in np.ndindex(F, OH, OW, C, KH, KW):
        r, s = i * stride + k - padding, j * stride + l - padding
        if 0 <= r < H and 0 <= s < W:
            matrix[f, i, j, c, r, s] = w[f, c, k, l]
    inverse = np.linalg.pinv(matrix.reshape(F * OH * OW, C * H * W))
    return (y.reshape(N, -1) @ inverse.T).reshape(N, C, H, W)


@mistake("conv-transpose2d", loses="plain padding stride")
def size_times_stride(y, w, stride=1, padding=0):
    """The result has stride times the size of y. A convolution of an input that large gives back y only for
    some kernels: which input size does the contract name?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    for i in range(OH):
        for j in range(OW):
            r, s = i * stride, j * stride
            x[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", y[:, :, i, j], w)
    return x[:, :, padding : padding + OH * stride, padding : padding + OW * stride]


@mistake("conv-transpose2d", loses="stride")
def input_repeated_by_the_stride(y, w, stride=1, padding=0):
    """Every entry of y looks repeated stride times in each direction. How many stamps does one entry of y
    make?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW), y.dtype)
    repeated = np.repeat(np.repeat(y, stride, axis=2), stride, axis=3)
    for i in range(x.shape[2] - KH + 1):
        for j in range(x.shape[3] - KW + 1):
            x[:, :, i : i + KH, j : j + KW] += np.einsum("nf,fchw->nchw", repeated[:, :, i, j], w)
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride", silent="plain padding stride")
def float64_only_(y, w, stride=1, padding=0):
    """This works for float64 arrays only. Which line fixes a dtype instead of taking that of its
    arguments?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW))
    product = np.empty((N, C * KH * KW), np.float64)
    for i in range(OH):
        for j in range(OW):
            np.dot(y[:, :, i, j], w.reshape(F, -1), out=product)
            x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW] += product.reshape(N, C, KH, KW)
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


@mistake("conv-transpose2d", loses="plain padding stride")
def input_modified___(y, w, stride=1, padding=0):
    """Your function changes one of its arguments, and the caller still needs it. Is w[...] = ... a new
    array?"""
    N, F, OH, OW = y.shape
    _, C, KH, KW = w.shape
    w[...] = w[:, :, ::-1, ::-1].copy()
    spread = np.zeros((N, F, (OH - 1) * stride + 2 * KH - 1, (OW - 1) * stride + 2 * KW - 1))
    inner = spread[:, :, KH - 1 : 1 - KH or None, KW - 1 : 1 - KW or None]
    inner[:, :, ::stride, ::stride] = y
    x = np.zeros((N, C, (OH - 1) * stride + KH, (OW - 1) * stride + KW))
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            x[:, :, i, j] = np.einsum("nfhw,fchw->nc", spread[:, :, i : i + KH, j : j + KW], w)
    return x[:, :, padding : x.shape[2] - padding, padding : x.shape[3] - padding]


# ---------------------------------------------------------------- debug: the learning rate in the error


@mistake("learning-rate-case", loses="shown")
def bug_not_shown_():
    """On your arguments the bug makes no difference. How many layers has your stack, and does the value that
    you gave to lr change anything when it is multiplied once more?"""
    return np.ones((1, 1, 2, 2)), np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 1, 2, 2)), 0.1


@mistake("learning-rate-case", loses="shown", silent="shown")
def learning_rate_of_one():
    """Multiplying by 1 leaves everything as it is."""
    return np.ones((1, 1, 1, 1)), np.arange(9.0).reshape(1, 1, 3, 3), np.ones((2, 1, 1, 2, 2)), 1.0


@mistake("learning-rate-case", loses="shown", silent="shown")
def a_rate_for_each_layer():
    """lr is one number. Rates of 1 show nothing, in whatever shape they come."""
    return np.ones((1, 1, 1, 1)), np.ones((1, 1, 3, 3)), np.ones((2, 1, 1, 2, 2)), np.ones((2, 1, 1, 1, 1))


@mistake("learning-rate-case", loses="shown", silent="shown")
def error_of_another_shape():
    """dout has the shape of the last layer's output, which is 1x1 here. What is broadcast is no gradient of it."""
    return np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), np.ones((2, 1, 1, 2, 2)), 0.1


@mistake("learning-rate-case", loses="shown", silent="shown")
def no_learning():
    """With a learning rate of 0 nothing is updated."""
    return np.ones((1, 1, 1, 1)), np.arange(9.0).reshape(1, 1, 3, 3), np.ones((2, 1, 1, 2, 2)), 0.0


@mistake("learning-rate-case", loses="shown", silent="shown")
def zero_error_():
    """With an error of zero, every gradient is zero."""
    return np.zeros((1, 1, 1, 1)), np.arange(9.0).reshape(1, 1, 3, 3), np.ones((2, 1, 1, 2, 2)), 0.1


@mistake("learning-rate-mend", loses="stack")
def learning_rate_in_the_error_(dout, x, kernels, lr):
    """Only the last layer is updated rightly. Each layer below seems to be scaled by lr once more. What goes
    down to the next layer, the gradient or a step?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    updated = np.zeros(kernels.shape)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                dw = np.einsum("nfhw,nchw->fc", dout, patch)
                updated[layer, :, :, k, l] = kernels[layer, :, :, k, l] - lr * dw
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", lr * dout, kernels[layer, :, :, k, l]
                )
        dout = below
    return updated


@mistake("learning-rate-mend", loses="single stack")
def learning_rate_removed(dout, x, kernels, lr):
    """The step looks as if lr were 1. The learning rate is no part of a gradient. Of what is it a part?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    updated = np.zeros(kernels.shape)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                dw = np.einsum("nfhw,nchw->fc", dout, patch)
                updated[layer, :, :, k, l] = kernels[layer, :, :, k, l] - dw
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", dout, kernels[layer, :, :, k, l]
                )
        dout = below
    return updated


@mistake("learning-rate-mend", loses="single stack")
def steps_uphill(dout, x, kernels, lr):
    """The step goes uphill. In which direction of the gradient does the loss become smaller?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    updated = np.zeros(kernels.shape)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                dw = np.einsum("nfhw,nchw->fc", dout, patch)
                updated[layer, :, :, k, l] = kernels[layer, :, :, k, l] + lr * dw
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", dout, kernels[layer, :, :, k, l]
                )
        dout = below
    return updated


@mistake("learning-rate-mend", loses="stack")
def error_through_updated_kernels(dout, x, kernels, lr):
    """The error seems to go down through kernels that were updated already. At which kernels was the forward
    pass computed, and at which is the gradient due?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    updated = np.zeros(kernels.shape)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                dw = np.einsum("nfhw,nchw->fc", dout, patch)
                updated[layer, :, :, k, l] = kernels[layer, :, :, k, l] - lr * dw
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", dout, updated[layer, :, :, k, l]
                )
        dout = below
    return updated


@mistake("learning-rate-mend", loses="single stack")
def gradients_returned(dout, x, kernels, lr):
    """This looks like the gradients, times lr. Does the contract ask for the step or for the kernels after
    it?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    steps = np.zeros(kernels.shape)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                steps[layer, :, :, k, l] = lr * np.einsum("nfhw,nchw->fc", dout, patch)
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", dout, kernels[layer, :, :, k, l]
                )
        dout = below
    return steps


@mistake("learning-rate-mend", loses="single stack")
def input_modified____(dout, x, kernels, lr):
    """Your function changes the kernels that came in. Does kernels[layer] -= ... make a new array?"""
    L, C, _, KH, KW = kernels.shape
    inputs = [x]
    for w in kernels:
        out = 0
        height, width = inputs[-1].shape[2] - KH + 1, inputs[-1].shape[3] - KW + 1
        for k in range(KH):
            for l in range(KW):
                patch = inputs[-1][:, :, k : k + height, l : l + width]
                out = out + np.einsum("nchw,fc->nfhw", patch, w[:, :, k, l])
        inputs.append(out)
    for layer in reversed(range(L)):
        below = np.zeros(inputs[layer].shape)
        height, width = dout.shape[2:]
        for k in range(KH):
            for l in range(KW):
                patch = inputs[layer][:, :, k : k + height, l : l + width]
                below[:, :, k : k + height, l : l + width] += np.einsum(
                    "nfhw,fc->nchw", dout, kernels[layer, :, :, k, l]
                )
                kernels[layer, :, :, k, l] -= lr * np.einsum("nfhw,nchw->fc", dout, patch)
        dout = below
    return kernels


# ---------------------------------------------------------------- conv2d-backward-pair


@mistake("conv2d-backward-pair", loses="stride both", silent="stride both")
def stride_pair_exchanged(dout, x, w, stride, padding):
    """The two strides seem to be exchanged. Which of them belongs to the rows?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sw, sh), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(KH):
        for l in range(KW):
            rows, columns = slice(k, k + sh * OH, sh), slice(l, l + sw * OW, sw)
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dout, xp[:, :, rows, columns][:, :, :OH, :OW])
            dxp[:, :, rows, columns][:, :, :OH, :OW] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride both")
def stride_pair_exchanged_in_input_gradient(dout, x, w, stride, padding):
    """dw is right, and in dx the two strides seem to be exchanged. Which of them moves the stamp down, and
    which to the right?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros_like(w)
    HP = max(xp.shape[2], (OH - 1) * sw + KH)
    WP = max(xp.shape[3], (OW - 1) * sh + KW)
    dxp = np.zeros((N, C, HP, WP), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * sh : i * sh + KH, j * sw : j * sw + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
            stamp = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            dxp[:, :, i * sw : i * sw + KH, j * sh : j * sh + KW] += stamp
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride both")
def first_stride_for_both_in_input_gradient(dout, x, w, stride, padding):
    """dx looks as if the first stride were used in both directions. How far apart are two neighbouring
    columns of windows?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros_like(w)
    dxp = np.zeros((N, C, xp.shape[2], max(xp.shape[3], (OW - 1) * sh + KW)), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = xp[:, :, i * sh : i * sh + KH, j * sw : j * sw + KW]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], window)
            stamp = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            dxp[:, :, i * sh : i * sh + KH, j * sh : j * sh + KW] += stamp
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride both")
def stride_ignored__(dout, x, w, stride, padding):
    """The windows look one pixel apart in both directions. Where does the window of output [1, 1] start?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    ph, pw = padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, i : i + KH, j : j + KW])
            dxp[:, :, i : i + KH, j : j + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="padding both", silent="padding both")
def padding_pair_exchanged(dout, x, w, stride, padding):
    """The two paddings seem to be exchanged. Which of them adds rows?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (pw, ph) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(KH):
        for l in range(KW):
            rows, columns = slice(k, k + sh * OH, sh), slice(l, l + sw * OW, sw)
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dout, xp[:, :, rows, columns][:, :, :OH, :OW])
            dxp[:, :, rows, columns][:, :, :OH, :OW] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="padding both")
def padding_pair_exchanged_in_the_crop(dout, x, w, stride, padding):
    """dw is right, and dx looks shifted: the two paddings seem to be exchanged where it is cut. Where does
    pixel [0, 0] lie in the padded array?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, pw : pw + H, ph : ph + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride padding both")
def cropped_to_nothing__(dout, x, w, stride, padding):
    """dx is empty where one of the two paddings is 0. What does Python make of the slice [0:-0]?"""
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, ph:-ph, pw:-pw], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="padding both")
def padding_not_cropped_(dout, x, w, stride, padding):
    """dx has the size of the padded input. Whose gradient stands in the border?"""
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride padding both")
def kernel_not_flipped__(dout, x, w, stride, padding):
    """dx looks like dout correlated with the kernel as it is. Which kernel entry carries an input pixel to
    the output at its own place, and which one to the output before that?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            stamp = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w[:, :, ::-1, ::-1])
            dxp[:, :, r : r + KH, s : s + KW] += stamp
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride padding both")
def overwritten_where_windows_overlap_(dout, x, w, stride, padding):
    """Where windows overlap, dx looks as if only the last of them counts. What do you do with what is there
    already?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride padding both", silent="stride padding both")
def end_of_the_slice_one_short(dout, x, w, stride, padding):
    """The last row or column of windows seems to be missing. With a stride, where must a slice end so that it
    holds exactly OH entries?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for k in range(KH):
        for l in range(KW):
            rows, columns = slice(k, k + sh * (OH - 1), sh), slice(l, l + sw * (OW - 1), sw)
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dout, xp[:, :, rows, columns])
            dxp[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride both")
def tail_rows_lost_(dout, x, w, stride, padding):
    """dx is smaller than x where a stride does not divide. Does a pixel that no window sees still need a
    place in dx?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw = np.zeros_like(w)
    dxp = np.zeros((N, C, (OH - 1) * sh + KH, (OW - 1) * sw + KW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dxp[:, :, ph : dxp.shape[2] - ph, pw : dxp.shape[3] - pw]
    return dx, dw, dout.sum(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride padding both")
def bias_gradient_averaged_(dout, x, w, stride, padding):
    """db looks like a mean. Do the effects of one bias on its many outputs add up or average out?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(OH):
        for j in range(OW):
            r, s = i * sh, j * sw
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], xp[:, :, r : r + KH, s : s + KW])
            dxp[:, :, r : r + KH, s : s + KW] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.mean(axis=(0, 2, 3))


@mistake("conv2d-backward-pair", loses="stride")
def input_modified_____(dout, x, w, stride, padding):
    """Your function changes one of its arguments. When both paddings are 0, do you work on a copy?"""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    (sh, sw), (ph, pw) = stride, padding
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))) if ph or pw else x
    dw = np.zeros_like(w)
    for k in range(KH):
        for l in range(KW):
            patch = xp[:, :, k : k + sh * (OH - 1) + 1 : sh, l : l + sw * (OW - 1) + 1 : sw]
            dw[:, :, k, l] = np.einsum("nfij,ncij->fc", dout, patch)
    dxp = xp
    dxp[:] = 0
    for k in range(KH):
        for l in range(KW):
            rows, columns = slice(k, k + sh * (OH - 1) + 1, sh), slice(l, l + sw * (OW - 1) + 1, sw)
            dxp[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 2, 3))
