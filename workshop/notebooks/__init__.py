"""The notebooks: open them, execute them, keep their files clean."""
