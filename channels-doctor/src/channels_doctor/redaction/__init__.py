"""Hides secrets: by the names of keys, by known values, and in the lines of a change."""
