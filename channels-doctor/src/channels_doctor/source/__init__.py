"""Reading the project's source without running it."""
