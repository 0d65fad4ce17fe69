"""The author's tools: they make `course/` from `solutions/`, and prove that the checks hold."""
