"""A figure of which a small part changes from step to step: the rest is drawn once."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from convschool import planes

# Matplotlib's own style, whatever a notebook has set; hinting takes a quarter of the time.
STYLE: list[str | dict[str, Any]] = ["default", {"text.hinting": "none"}]


class Redrawn:
    """The ground of a figure, kept as pixels, on which each step draws what changes.

    Titles, axes and whatever else is the same at every step take most of Matplotlib's time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With all that stays. It is drawn here, and not changed later.
    """

    def __init__(self, figure: Figure):
        figure.set_dpi(planes.DPI)
        self.figure, self._canvas = figure, FigureCanvasAgg(figure)
        self._canvas.draw()
        self._ground = self._canvas.copy_from_bbox(figure.bbox)

    def png(self, changing: Sequence[Artist]) -> bytes:
        """The figure with artists on top of it, as a PNG image; the artists are taken out of the figure again."""
        self._canvas.restore_region(self._ground)
        for artist in sorted(changing, key=lambda one: one.get_zorder()):
            self.figure.draw_artist(artist)
        for artist in changing:
            artist.remove()
        buffer = io.BytesIO()
        pixels = np.asarray(self._canvas.buffer_rgba())
        # packed in a hurry: a slider waits for it
        imsave(buffer, pixels, format="png", dpi=planes.DPI, pil_kwargs={"compress_level": 1})
        return buffer.getvalue()
