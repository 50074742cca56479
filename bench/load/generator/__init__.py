"""The load generator: a process that plays one scenario against a server and checks the result.

It does as little as possible while it measures. It compares each incoming frame with the one that
the previous member got, and records two numbers. Everything else is computed afterwards.
"""
