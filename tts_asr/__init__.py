"""Speech: recognisers, voices, models, the prompt cache and text normalisation."""
