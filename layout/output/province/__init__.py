"""The result of many studies: one page, one workbook, one GeoPackage."""
