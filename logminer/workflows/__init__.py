"""The verbs: ingest, look, mine, suggest, report."""
