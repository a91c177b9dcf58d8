"""Who runs work: local processes, joblib backends, replay of logged runs."""
