"""p-median: exact without and with capacities, by bounds, cuts and interchange."""
