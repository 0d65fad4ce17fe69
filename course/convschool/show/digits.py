"""Handwritten digits in a row."""

from typing import Any

import numpy as np

from convschool import planes
from convschool.front import draws
from convschool.show.arguments import numeric
from convschool.show.picture import show_picture

MOST = 20


@draws
def digits(images: Any, labels: Any, suptitle: str = "", alt: str = "") -> None:
    """Show images in a row, each under its label.

    Parameters
    ----------
    images : array_like, shape (n, H, W)
        At most 20 images, with ink dark on white.
    labels : sequence of n
        What is written over each: a digit, or words.
    suptitle : str
        What to look at.
    alt : str
        What the picture shows, in words; by default the labels.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit together, with their names.
    """
    images = numeric("images", images)
    if images.ndim != 3 or not images.size:
        raise ValueError(f"images must have shape (n, H, W); it has shape {images.shape}")
    if np.ndim(labels) != 1 or len(labels) != len(images):
        raise ValueError(f"labels must hold one label for each image: {np.shape(labels)} for {images.shape}")
    if len(images) > MOST:
        raise ValueError(f"images holds {len(images)} of them; at most {MOST} fit into a row")
    limits = float(images.min()), float(images.max())
    names = [str(label) for label in labels]
    with planes.sheet(suptitle, [images.shape[1:]] * len(images), tight=True) as (figure, places):
        for n, (image, name, place) in enumerate(zip(images, names, places, strict=True)):
            if n:
                place.title(name)
            else:
                place.label(name)
            place.heat(image, "gray_r", limits, bar=False)
        png = planes.png(figure)
    show_picture(png, alt or ". ".join(filter(None, (suptitle, f"Digits in a row: {', '.join(names)}."))))
