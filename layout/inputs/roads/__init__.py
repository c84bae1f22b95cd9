"""Road files of any kind, up to lines or tables of a network."""
