"""One known mistake, so that a neighbour has a named one."""

from grading.lesson.exercise import mistake


@mistake("double", loses="plain negative")
def squared(x):
    """You return x * x. Which number is its own square and its own double?"""
    return x * x
