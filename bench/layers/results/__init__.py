"""Turns the findings into words and tables, and adds release dates."""
