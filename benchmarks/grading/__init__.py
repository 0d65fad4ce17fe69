"""How fast a class is graded, against stock `nbgrader autograde`, and where the time and the memory go.

Run ``python -m benchmarks.grading speed``, ``... course``, ``... breakdown`` or ``... calls``.
"""
