"""The study file, its tables together, and `Study`."""
