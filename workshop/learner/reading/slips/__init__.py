"""Slips that beginners make: in queries, in JavaScript, with the results of calls."""
