"""Hide secrets: by the names of keys, by values that are known, and in the lines of a change."""
