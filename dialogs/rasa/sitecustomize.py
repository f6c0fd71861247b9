"""Run by Python at start-up (this folder is on PYTHONPATH of Rasa's processes only)."""

from components.absent_tensorflow import install

install()
