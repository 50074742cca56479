"""The load generator: a process of its own, which plays one scene against a server and judges it.

It keeps what it does while it measures to a minimum: for each frame that arrives, a comparison with
the frame that its neighbour got, and two numbers noted down. All else is worked out afterwards.
"""
