"""Made-up history: as many tasks as a busy team has after years, to try and to measure with."""
