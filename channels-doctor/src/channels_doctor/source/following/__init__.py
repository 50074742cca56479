"""Follow calls through the project: who calls a function, and whom a consumer calls."""
