"""For maintainers and instructors: tests, lint, pins, pictures, carrying an edit on, packing."""
