"""The dialogue: understanding, conversation, the Rasa adapter, the Rasa project and its actions."""
