"""The load generator: a process that plays one scenario against a server and checks the result.

While it measures, it does as little as possible: for each frame that arrives, it compares the frame
with the one that the previous member got, and notes two numbers. The rest is computed afterwards.
"""
