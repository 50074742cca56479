"""Shows what each step of the course brings: `chaos STEP` and `load STEP`."""

from bench.steps import chaos, figures, load

__all__ = ["chaos", "figures", "load"]
