"""The small real files that `tools.fuzz` changes, and how each kind is read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["READ", "write_whole"]

CRS = "EPSG:4507"


def write_whole(folder: Path) -> dict[str, list[Path]]:
    """Write the files that are then changed; by kind, a shapefile with all its parts."""
    from tests.worlds.mini import write_mini_study

    def few(held: dict[str, object]) -> None:
        for name, rows in (("settlements", 8), ("schools", 5), ("roads", 40)):
            held[name] = held[name].iloc[:rows]  # type: ignore[attr-defined]

    study = write_mini_study(folder / "study", attendance=False, change=few)
    made = {"study": [study, *sorted(study.parent.glob("s*/*.csv"))]}
    for paths in (_write_tables(folder), _write_layers(study, folder), _write_roads(folder)):
        made |= {path.suffix[1:]: [path] for path in paths}
    made |= _write_odd(folder)
    made["shp"] = [folder / f"a.{part}" for part in ("shp", "shx", "dbf", "prj", "cpg")]
    return made


def _write_tables(folder: Path) -> list[Path]:
    import pandas as pd
    import xlwt

    table = pd.DataFrame(
        {
            "学校标识码": ["2145000001", "2145000002"],
            "学校名称": ["甲", "乙"],
            "一年级": ["12", "1,200人"],
            "经度": ["106.1", "106.2"],
        }
    )
    table.to_csv(folder / "a.csv", index=False, encoding="gb18030")
    table.to_excel(folder / "a.xlsx", index=False)
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("学校")
    for column, name in enumerate(table):
        page.write(0, column, name)
        for row, cell in enumerate(table[name], start=1):
            page.write(row, column, cell)
    book.save(str(folder / "a.xls"))
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "a.csv", "a.csv")
    spoken = "urn:oasis:names:tc:opendocument:xmlns"
    text = '<text:p>学校标识码<text:s text:c="2"/></text:p>'
    kind = 'office:value-type="string" table:number-columns-repeated="2"'
    cell = f'<table:table-cell {kind} table:number-rows-spanned="2">{text}</table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="2">{cell * 3}</table:table-row>'
    names = " ".join(f'xmlns:{name}="{spoken}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body>'
        f'<office:spreadsheet><table:table table:name="a">{row * 2}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(folder / "a.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = f'<m:manifest xmlns:m="{spoken}:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return [folder / f"a.{kind}" for kind in ("csv", "xlsx", "xls", "ods", "zip")]


def _write_odd(folder: Path) -> dict[str, list[Path]]:
    """What programs write besides: merged and hidden cells, changes that wait, ids of an editor."""
    import gzip
    import re
    import shutil
    import sqlite3

    import xlsxwriter

    with xlsxwriter.Workbook(folder / "merged.xlsx") as book:
        page = book.add_worksheet()
        for column, name in enumerate(("学校标识码", "学校名称", "一年级", "经度")):
            page.write_row(0, column, [name])
            page.write_column(1, column, [2145000001 + row for row in range(6)])
        page.merge_range("C3:C5", 12)
        page.set_row(5, None, None, {"hidden": True})
        page.set_column(1, 1, None, None, {"hidden": True})
        book.add_worksheet().hide()
    # A copy of a package that is open elsewhere, with what was not yet written into it.
    shutil.copy(folder / "a.gpkg", folder / "open.gpkg")
    package = sqlite3.connect(folder / "open.gpkg")
    package.execute("PRAGMA journal_mode = WAL")
    package.execute("CREATE VIEW shown AS SELECT * FROM a")
    package.commit()
    for ending in ("", "-wal"):
        shutil.copy(folder / f"open.gpkg{ending}", folder / f"wal.gpkg{ending}")
    package.close()
    crs = (
        '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, "features"'
    )
    named = (folder / "a.geojson").read_text(encoding="utf-8")
    (folder / "named.geojson").write_text(named.replace('"features"', crs, 1), encoding="utf-8")
    plain = (folder / "a.osm").read_text(encoding="utf-8")
    drawn = re.sub(r"""((?: id| ref)=["'])(\d)""", r"\1-\2", plain)
    (folder / "drawn.osm.gz").write_bytes(gzip.compress(drawn.encode("utf-8"), mtime=0))
    return {
        "merged": [folder / "merged.xlsx"],
        "wal": [folder / "wal.gpkg", folder / "wal.gpkg-wal"],
        "named": [folder / "named.geojson"],
        "drawn": [folder / "drawn.osm.gz"],
    }


def _write_layers(study: Path, folder: Path) -> list[Path]:
    import geopandas as gpd
    import numpy as np
    import rasterio

    units = gpd.read_file(study.parent / "boundaries/counties.gpkg")
    for kind in ("gpkg", "geojson", "shp", "fgb"):
        units.to_file(folder / f"a.{kind}")
    units.to_parquet(folder / "a.parquet")
    step = rasterio.transform.from_origin(105.9, 23.2, 0.02, 0.02)
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", width=20, height=10, count=1, dtype="float32",
        crs="EPSG:4326", transform=step,
    ) as raster:  # fmt: skip
        raster.write(np.full((1, 10, 20), 7.0, dtype="float32"))
    return [folder / f"a.{kind}" for kind in ("gpkg", "geojson", "fgb", "parquet", "tif")]


def _write_roads(folder: Path) -> list[Path]:
    import osmium

    from tests.worlds.data_osm import write_small_extract

    paths = [write_small_extract(folder / "a.osm"), folder / "a.pbf"]
    # Not packed, so that a changed byte changes what is in it and not only its checksum.
    plain = osmium.io.File(str(paths[1]), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(plain, overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(paths[0])):
            writer.add(thing)
    keys = "".join(
        f'<key id="{name}" for="{of}" attr.name="{name}" attr.type="string"/>'
        for of, names in (("node", "xy"), ("edge", ("length", "highway", "geometry", "oneway")))
        for name in names
    )
    nodes = "".join(
        f'<node id="{n}"><data key="x">{106 + n / 100}</data><data key="y">23.1</data></node>'
        for n in range(4)
    )
    line = "LINESTRING (106.0 23.1, 106.01 23.1)"
    edges = "".join(
        f'<edge source="{n}" target="{n + 1}"><data key="length">1024.5</data>'
        f'<data key="highway">["track", "path"]</data><data key="geometry">{line}</data></edge>'
        for n in range(3)
    )
    space = "http://graphml.graphdrawing.org/xmlns"
    graph = f'<graph edgedefault="directed">{nodes}{edges}</graph>'
    path = folder / "a.graphml"
    path.write_text(f'<?xml version="1.0"?><graphml xmlns="{space}">{keys}{graph}</graphml>')
    return [*paths, path]


def read_table(path: Path) -> None:
    """Read a table of schools, up to its typed columns."""
    from layout.inputs import tables
    from layout.inputs.study import tabular

    raw, _, _ = tabular.read_table((path, ""), tables.SCHOOLS, file=path.name, named={})
    plain, _ = tables.spoken_values(raw, tables.SCHOOLS, file=path.name)
    tables.check_table(plain, tables.SCHOOLS, file=path.name)


def read_areas(path: Path) -> None:
    """Read a layer of counties."""
    from layout.inputs.layers.vector import AREAS, read_vector

    read_vector((path, ""), file=path.name, kinds=AREAS)


def read_roads(path: Path) -> None:
    """Read roads; of an extract also its places and administrative areas."""
    from layout.inputs.roads import osm, osm_objects
    from layout.network.roads import read_network

    read_network(path, crs=CRS)
    if osm.is_osm(path):
        osm_objects.read_points(path, {"place": True})
        osm_objects.read_boundaries(path, admin_level=6)


def read_raster(path: Path) -> None:
    """Sum a raster of inhabitants to two places."""
    import geopandas as gpd
    import shapely

    from layout.app.newstudy.people import raster_people

    places = gpd.GeoSeries(gpd.points_from_xy([106.0, 106.2], [23.1, 23.1]), crs=4326)
    raster_people(path, places, shapely.box(105.9, 23, 106.3, 23.2), crs=CRS)


def read_study(path: Path) -> None:
    """Read a whole study with all its checks."""
    from layout.inputs.study.study import examine

    examine(path)


READ: dict[str, Callable[[Path], None]] = {
    **dict.fromkeys(("csv", "xlsx", "xls", "ods", "zip", "merged"), read_table),
    **dict.fromkeys(("gpkg", "geojson", "shp", "fgb", "parquet", "wal", "named"), read_areas),
    **dict.fromkeys(("osm", "pbf", "graphml", "drawn"), read_roads),
    "tif": read_raster,
    "study": read_study,
}
