"""The scripts in pages and static files: what they connect to, and how."""
