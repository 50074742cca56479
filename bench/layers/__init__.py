"""Compares channel layers: the same code on each of them, in real processes on real engines.

What does a layer deliver, in which order, what is lost when its engine restarts or when a consumer
is too slow, what happens to an idle socket, and how fast is it?
"""

from bench.layers.command import LayerOptions, run

__all__ = ["LayerOptions", "run"]
