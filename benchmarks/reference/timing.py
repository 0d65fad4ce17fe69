"""Times of several functions that do the same, taken in turn in one process."""

import time

import numpy as np

WARM_UP = 2


def alternate(functions, seconds=6.0, least=7, calls=1):
    """Return {name: median CPU seconds} of the functions, run in turn until `seconds` are over.

    In turn, so that whatever slows the machine down slows all of them down. A turn is `calls` calls, each of them
    timed: what runs again and again in use, such as a training step, finds in the caches what its own last call left.
    There are at least `least` calls of each. CPU time of the process, which with one thread is the time on a machine
    that does nothing else.
    """
    times = {name: [] for name in functions}
    for function in functions.values():
        for _ in range(WARM_UP):
            function()
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end or turns * calls < least:
        turns += 1
        for name, function in functions.items():
            for _ in range(calls):
                start = time.process_time()
                function()
                times[name].append(time.process_time() - start)
    return {name: float(np.median(taken)) for name, taken in times.items()}
