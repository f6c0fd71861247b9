"""Questionnaires as data: the model, the YAML file format and the conditions in it."""
