"""Slips that beginners make: in queries, in JavaScript, with what a call gives back."""
