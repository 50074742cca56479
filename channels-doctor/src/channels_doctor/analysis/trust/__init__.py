"""Trust in what a client says: in its frames, or in the URL of its socket."""
