"""Long or retried work, run by Procrastinate workers apart from everything that must answer."""
