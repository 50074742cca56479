"""Turns the records of a run into medians, goals, tables and plots."""
