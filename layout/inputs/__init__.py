"""Files into tables into a study: which may be opened, and how each kind is read."""

from layout.inputs.safety.gdal import allow_only

# Every module that lets GDAL read is in this wing, so this comes before its import.
allow_only()
