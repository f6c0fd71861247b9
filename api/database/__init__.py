"""The embedded PostgreSQL as a process of the service."""
