"""Many studies in one run, and the result of all of them together."""
