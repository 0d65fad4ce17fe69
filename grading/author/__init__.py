"""For an author: from `solutions/` to `course/`, and the proof that the checks hold."""
