"""Spreadsheets and text tables, every cell as text."""
