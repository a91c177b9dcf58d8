"""Learning-curve models: where a run will end, from what past runs did."""
