"""Set cover, maximal cover and p-center, with and without capacities."""
