"""What the network plays before the answer: tones and announcements."""
