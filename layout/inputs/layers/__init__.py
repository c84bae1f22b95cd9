"""Vector layers: points, lines and areas with attributes."""
