"""Set up what a command needs: a virtual environment and its packages. Standard library only."""
