"""The action side of Rasa: its webhook and the one action that leads the conversation."""
