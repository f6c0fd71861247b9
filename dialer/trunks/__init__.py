"""Trunk drivers: ways out to the telephone network."""
