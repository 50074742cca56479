"""What `load` and `chaos` share: server processes, a database, a private Redis, the machine."""
