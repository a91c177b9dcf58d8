"""What own past tasks teach a new search: portfolio, zoom, density, mean and weights."""
