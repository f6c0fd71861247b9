"""Same-day call-back of callers who were lost before an agent answered (REQUIREMENTS R3)."""
