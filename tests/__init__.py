"""The tests, a folder a wing; `worlds` holds the small studies that they share."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
