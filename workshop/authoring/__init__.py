"""For maintainers and instructors: tests, lint, pins, pictures, carry, pack."""
