"""Code that trusts what a client claims, or that leaks secrets."""
