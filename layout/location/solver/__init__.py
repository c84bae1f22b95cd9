"""The solver: HiGHS behind a checked door, linear programs that grow, a clock and Ctrl-C."""
