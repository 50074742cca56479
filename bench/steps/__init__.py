"""What each step of the course buys: `chaos STEP` and `load STEP`, as far as its protocol goes."""

from bench.steps import chaos, figures, load

__all__ = ["chaos", "figures", "load"]
