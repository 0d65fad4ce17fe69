"""Students by the names of their folders: our tables hold these, nbgrader's an id made of them."""

import sqlalchemy as sa
from sqlalchemy.orm import scoped_session

from grading.collect.names import harmless_id
from grading.gradebook import tables


def folder_names(session: scoped_session) -> dict[str, str]:
    """By nbgrader's id, the folder's name of every student in our tables whose id is another."""
    names = session.execute(sa.select(tables.submissions.c.student).distinct()).scalars()
    return {harmless_id(name): name for name in names if harmless_id(name) != name}
