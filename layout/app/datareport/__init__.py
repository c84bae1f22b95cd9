"""The data report: what was understood of the inputs, and all that is wrong with them."""
