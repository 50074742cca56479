"""The live examination: two processes use the project's layers, and what happens is told."""
