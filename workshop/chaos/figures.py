"""Figures for people."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that `part` per cent of `values` do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * part / 100) - 1)] if ordered else 0.0
