"""Transfers (转人工): a person who asks for a human is put through to an agent at work."""
