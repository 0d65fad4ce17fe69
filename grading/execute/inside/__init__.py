"""The modules that are mounted into the sandbox. Nothing else is, and nothing here imports the rest of the grader."""
