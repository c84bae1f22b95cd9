"""Which formats GDAL may open: set before GDAL is imported, for it opens by content.

GDAL looks at what a file holds, not at its name, and some of its formats are programs in disguise:
a virtual format (VRT, GDALG) names other files or addresses, and GDAL would read those. The only
sure way is to leave such formats out when GDAL registers its drivers, at import.
"""

from __future__ import annotations

import os

__all__ = ["ALLOWED", "SKIPPED", "allow_only"]

ALLOWED = ("GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "MEM")

SKIPPED = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,CSV,GML,"
    "GPX,LIBKML,KML,GeoJSONSeq,ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,GeoRSS,VFK,"
    "PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,OAPIF,EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,"
    "SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,GTFS,PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,"
    "AVCE00,AIVector,HTTP"
).split(",")
"""The other drivers of the GDAL that the locked wheel holds; GDAL warns of names it lacks."""

_SETTINGS = {
    # No .aux.xml with statistics or metadata is read, or left beside an input.
    "GDAL_PAM_ENABLED": "NO",
    # Functions of SQLite that open files, and views, in a GeoPackage that was not written here.
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    # No file has this name, so none is fetched under any; nor are grids of coordinate systems.
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "PROJ_NETWORK": "OFF",
}


def allow_only() -> None:
    """Tell GDAL, before it is imported, to register only `ALLOWED`, and to leave all else alone."""
    already = [name for name in os.environ.get("GDAL_SKIP", "").split(",") if name]
    # GDAL would close an open ring by itself; here such a ring is an invalid geometry.
    os.environ.setdefault("OGR_GEOMETRY_ACCEPT_UNCLOSED_RING", "NO")
    os.environ |= _SETTINGS
    os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys([*already, *SKIPPED]))
