"""Run what a project needs: Redis, PostgreSQL, a server, a browser."""
