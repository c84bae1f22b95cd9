"""Files into tables: which may be opened, and how each kind is read."""
