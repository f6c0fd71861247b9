"""The sound of a call: what we say, what we keep."""
