"""The nouns of hyperparameter search, as frozen dataclasses.

Nothing here reads a file or opens a database: every floor above speaks in these words.
"""
