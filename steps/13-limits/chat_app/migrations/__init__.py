"""The changes of the database, in their order."""
