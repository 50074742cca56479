"""What every part of the tool uses: errors, processes, files, the environment."""
