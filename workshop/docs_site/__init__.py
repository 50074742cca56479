"""The docs site: what its pages take from the repository when it is built."""
