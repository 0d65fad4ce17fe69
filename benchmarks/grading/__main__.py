"""`python -m benchmarks.grading speed | breakdown | course | calls`: print a table."""

import argparse
import os
import platform

from benchmarks.grading import breakdown, calls, course, speed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("what", choices=["speed", "breakdown", "course", "calls"])
    parser.add_argument("--lesson", default="04-pooling")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", type=int, default=60, help="submissions for convgrade")
    parser.add_argument("--stock", type=int, default=6, help="submissions for nbgrader")
    parser.add_argument("--learners", type=int, default=50, help="submissions of each lesson, for course")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()}")
    if options.what == "calls":
        print(calls.measure())
        return
    if options.what == "speed":
        print(speed.table(speed.measure(options.lesson, options.rounds, options.size, options.stock)))
        return
    if options.what == "course":
        print(course.HEAD)
        print(course.total(course.measure(options.learners, options.workers)), flush=True)
        print(course.beside_stock(options.lesson, options.learners, options.stock, options.workers))
        return
    seconds, memory = breakdown.measure(options.lesson, options.size, options.workers)
    for name, spent in seconds.items():
        print(f"| {name} | {spent:.2f} s | {1000 * spent / options.size:.1f} ms |")
    for count, own, everything in memory:
        print(f"| {count} | {own:.0f} | {everything:.0f} |")
    print(f"load {os.getloadavg()}")


if __name__ == "__main__":
    main()
