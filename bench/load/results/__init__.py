"""What becomes of the records of a run: medians, goals, tables and plots."""
