"""The rules: one module for each kind of fact, with a function `check`."""
