"""Who answered: a person or a machine."""
