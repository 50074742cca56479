"""What the commands share: server processes, a database, a private Redis, the machine."""
