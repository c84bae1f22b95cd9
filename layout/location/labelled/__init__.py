"""Costs with labels, the arguments of models on them, relaxations, results."""
