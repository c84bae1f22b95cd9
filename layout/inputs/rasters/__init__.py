"""Rasters: height models, checked before they are read."""
