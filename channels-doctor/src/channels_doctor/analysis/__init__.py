"""Rules that follow control flow and data flow through the project's source."""
