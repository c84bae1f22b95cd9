"""Files into tables: which may be opened, and how each kind is read."""

from layout.readers.gdal import allow_only

# Every module that lets GDAL read stands in this package, so this comes before its import.
allow_only()
