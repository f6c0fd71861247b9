"""Starts, watches, restarts and drains the processes of the service."""
