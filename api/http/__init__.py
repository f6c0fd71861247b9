"""The HTTP interface: the same use cases as the command line, under /api/v1."""
