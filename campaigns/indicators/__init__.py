"""The 13 indicators of the hotline's contract (REQUIREMENTS R6): exact, from figure to score."""
