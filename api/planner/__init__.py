"""The clock of the service: what becomes due, in exactly one process."""
