"""logminer: mine past training logs for top performers, and start every search warm."""
