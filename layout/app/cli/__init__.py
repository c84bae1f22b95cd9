"""The command ``layout``: one verb for each step of the Python interface, no logic of its own."""
