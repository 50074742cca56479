"""The live examination: two processes use the project's layers and report what happens."""
