"""One figure per analysis result; the only room that draws."""
