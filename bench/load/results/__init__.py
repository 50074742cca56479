"""Turns a run's records into medians, goals, tables and plots."""
