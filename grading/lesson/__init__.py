"""What an author wrote, as every stage reads it. Nothing here imports another folder of the grader."""
