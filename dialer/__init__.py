"""One call's life: trunk drivers, media, turns, recording, outcome; the worker process."""
