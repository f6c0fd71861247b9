"""Components of our own in Rasa's process (Python 3.10)."""
