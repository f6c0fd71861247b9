"""The domain and its store: campaigns, contacts, questionnaires, attempts, answers, caller IDs."""
