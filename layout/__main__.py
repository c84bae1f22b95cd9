"""``python -m layout``: the same as the command ``layout``."""

from layout.cli import main

main()
