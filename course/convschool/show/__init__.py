"""The figures of the lessons. Each shows its picture and returns nothing.

A figure looks at one step at a time: one window, or one entry of the gradient that comes in. None of them
computes a convolution, or the gradient of one: whole results come from you, as arguments.
"""

from convschool.show.bottleneck import bottleneck
from convschool.show.connections import connections
from convschool.show.descent_paths import descent_paths
from convschool.show.digits import digits
from convschool.show.draw_digit import draw_digit
from convschool.show.failing_case import case
from convschool.show.figure import figure
from convschool.show.gradient_scatter import gradient_scatter
from convschool.show.live_curve import live_curve
from convschool.show.maps import maps
from convschool.show.max_routing import max_routing
from convschool.show.network import network
from convschool.show.predicted import predicted
from convschool.show.recall import recall
from convschool.show.road import road
from convschool.show.sick_training import sick_training
from convschool.show.sliding_kernel import sliding_kernel
from convschool.show.training_chart import training_chart
from convschool.show.when_answered import when_answered
from convschool.show.window_columns import window_columns
from convschool.show.windows_1d import windows_1d
from convschool.show.windows_compared import windows_compared
from convschool.show.wrap_around import wrap_around

__all__ = [
    "bottleneck",
    "case",
    "connections",
    "descent_paths",
    "digits",
    "draw_digit",
    "figure",
    "gradient_scatter",
    "live_curve",
    "maps",
    "max_routing",
    "network",
    "predicted",
    "recall",
    "road",
    "sick_training",
    "sliding_kernel",
    "training_chart",
    "when_answered",
    "window_columns",
    "windows_1d",
    "windows_compared",
    "wrap_around",
]
