"""From the gradebook to pages for learners, a report for the class, and tables for other programs."""
