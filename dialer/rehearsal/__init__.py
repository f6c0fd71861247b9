"""Rehearsal callees: a campaign can be tried before anyone's phone rings."""
