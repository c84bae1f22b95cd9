"""Closing exactly N sites of undivided groups, level by level; the largest N."""
