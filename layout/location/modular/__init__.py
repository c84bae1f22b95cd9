"""New sites and expansions in modules: coverage, evenness, travel, proved by pieces."""
