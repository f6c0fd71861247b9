"""Turn taking: who speaks when. One strategy a file, each a function of time alone."""
