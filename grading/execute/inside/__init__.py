"""What is mounted into the sandbox, all of it and nothing else. Nothing here imports the rest of the grader."""
