"""What every part of the tool uses: errors, processes, files and the environment."""
