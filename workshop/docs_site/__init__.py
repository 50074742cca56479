"""The docs site, and what its pages take from the repository when it's built."""
