"""The hosts of a Redis layer: how they are written, and whether a Redis is there."""
