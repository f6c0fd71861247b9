"""Measurements of the running product; each prints one JSON line last."""
