"""Computes how many deliveries there were, and how long each took, after a scenario."""

from collections.abc import Sequence

import numpy as np

from bench.load.generator.frames import ReceivedFrame, ReceivedLog

PARTS = (50, 95, 99)


class Deliveries:
    """Every delivery: when its text was due to be sent, and when it arrived."""

    def __init__(self, logs: Sequence[ReceivedLog], frames: Sequence[ReceivedFrame], sent: dict):
        sizes = np.array([frame.size for frame in frames] or [0])
        starts = np.concatenate(([0], np.cumsum(sizes)))
        unknown = float("nan")  # a strayed text counts as a delivery, but nobody sent it
        left = [
            sent[t.room, t.sender][t.number] if _is_known(t, sent) else unknown
            for frame in frames
            for t in frame.text_ids
        ]
        left = np.array(left or [unknown])
        indexes = np.concatenate([np.array(log.indexes, dtype=np.int64) for log in logs] or [[]])
        indexes = indexes.astype(np.int64)
        self.frames = np.concatenate([np.array(log.times) for log in logs] or [[]])
        counts = sizes[indexes]
        ends = np.cumsum(counts)
        within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
        self.arrived = np.repeat(self.frames, counts)
        self.left = left[np.repeat(starts[indexes], counts) + within]

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Return how many texts and frames arrived in that time."""
        texts = (self.arrived >= start) & (self.arrived < end)
        frames = (self.frames >= start) & (self.frames < end)
        return int(texts.sum()), int(frames.sum())

    def latencies(self, start: float, end: float) -> dict[str, float]:
        """Return latency percentiles, in milliseconds, for texts that were due in that time."""
        chosen = (self.left >= start) & (self.left < end)
        taken = (self.arrived[chosen] - self.left[chosen]) * 1000
        if not len(taken):
            return {}
        values = np.percentile(taken, PARTS)
        named = {
            f"p{part}": round(float(value), 3) for part, value in zip(PARTS, values, strict=True)
        }
        return named | {"max": round(float(taken.max()), 3)}

    def last(self) -> float:
        """Return when the last one arrived, or 0."""
        return float(self.arrived.max()) if len(self.arrived) else 0.0


def _is_known(text_id, sent) -> bool:
    times = sent.get((text_id.room, text_id.sender))
    return times is not None and text_id.number < len(times)
