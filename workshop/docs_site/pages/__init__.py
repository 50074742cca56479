"""The parts of pages that are generated from the repository."""
