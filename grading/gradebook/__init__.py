"""Write marks into nbgrader's gradebook, and beside them what nbgrader has no place for. Knows no kernels.

One process writes. A submission's marks, state and mistakes are one transaction, so whatever ends that process, the
next one finds each submission recorded or not. What a class has in common is read once.

- `book`: `Record`, which is all that others call: opens the gradebook, transactions, clear errors. The rest are
  functions for one transaction.
- `rows`: what goes in and comes out. `marks`: the points of a cell, and their sum. `tables`: our tables and nbgrader's.
- `lessons`: a lesson and its cells: bring them up to date, find them.
- `submissions`: write one submission. `lateness`: its late penalty, which changes without its being graded again.
- `master`: a lesson as grading needs it. `create`: a database whole or not at all. `database`: where it lies.
- `changes`: marks that changed and have not been printed yet.
- `merging`: another gradebook of the class, taken into this one. `new_points`: marks by other points than the lesson
  has now: they are held, or scaled. `folders`: what a student's folder was called when it was handed in.
- `reading`: what has been recorded of submissions: states, marks, scores, feedback.
"""

from grading.gradebook.book import Record, RecordError
from grading.gradebook.rows import Basis, Change, FinalState, Mark, Sheet

__all__ = ["Basis", "Change", "FinalState", "Mark", "Record", "RecordError", "Sheet"]
