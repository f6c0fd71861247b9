"""The command line `outbound`."""
