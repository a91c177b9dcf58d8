"""One search strategy per file; stateless: a suggestion is a function of the history."""
