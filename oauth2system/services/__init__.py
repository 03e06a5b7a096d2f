"""The verbs. Sync functions; the first argument is the Context; one transaction each."""
