"""Statistics of survey answers."""
