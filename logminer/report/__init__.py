"""One self-contained page over the analyses and plots."""
