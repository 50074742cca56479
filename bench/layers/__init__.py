"""Compares channel layers by running the same code on each, in real processes on real engines.

What does a layer deliver, and in which order? What gets lost if its engine restarts or a consumer
is too slow? What happens to an idle socket? And how fast is the layer?
"""

from bench.layers.command import LayerOptions, run

__all__ = ["LayerOptions", "run"]
