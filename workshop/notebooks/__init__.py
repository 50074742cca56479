"""The notebooks: open them, execute them, and keep their files clean."""
