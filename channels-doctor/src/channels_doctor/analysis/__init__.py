"""Rules that follow the flow of control and of values through the project's source."""
