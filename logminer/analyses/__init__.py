"""One question per file: a function that answers it and the result it returns."""
