"""Change small real files at random and read them: nothing but our own errors may come out.

Run ``python -m tools.fuzz --seconds 3600``. Input number N is always the same bytes, so
``--start N --seconds 1`` repeats a find; with ``--keep FOLDER`` the files of finds are kept. The
readers run in a process of their own: one that dies is a crash, one that is silent for a minute is
a hang, and a new one goes on behind the input that did it.
"""

from __future__ import annotations

import argparse
import io
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

SILENT_SECONDS = 60.0
WORKBOOK_SECONDS = 5.0
MEMORY = 6 << 30
CRS = "EPSG:4507"

_PACKED = (".xlsx", ".ods", ".zip")
_TEXTS = (".csv", ".geojson", ".osm", ".graphml", ".toml")
_WORDS = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x80\0\0\0")
_NUMBERS = "0 -1 1e400 NaN -Infinity 99999999999999999999 0.0000001 180.1 ４５ 1,2 null".split()
_PIECES = (
    *(
        "\0",
        "\u202e",
        "\u2028",
        "\ufeff",
        "𠮷",
        "\r",
        '"',
        "|",
        "{{7*7}}",
        "=1+1",
        "合计",
        "[",
        "]",
    ),
    *("/vsicurl/http://127.0.0.1:9/a", "<!DOCTYPE x>", "\ud800", "a" * 70_000, "[" * 5_000),
)


def mutated(data: bytes, rng: Random, *, text: bool) -> bytes:
    """Change some bytes; in text also whole numbers, lines and odd characters."""
    held = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4, 16])):
        if not held:
            break
        if text and rng.random() < 0.6:
            held = bytearray(_reworded(bytes(held), rng))
            continue
        at = rng.randrange(len(held))
        kind = rng.randrange(6)
        if kind == 0:
            held[at] = rng.randrange(256)
        elif kind == 1:
            held[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del held[at : at + rng.randrange(1, 64)]
        elif kind == 3:
            held[at:at] = rng.randbytes(rng.randrange(1, 16))
        elif kind == 4:
            del held[at:]
        else:
            held[at : at + 4] = rng.choice(_WORDS)
    return bytes(held)


def _reworded(data: bytes, rng: Random) -> bytes:
    numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", data))
    kind = rng.randrange(4)
    if kind == 0 and numbers:
        found = rng.choice(numbers)
        return data[: found.start()] + rng.choice(_NUMBERS).encode() + data[found.end() :]
    if kind == 1:
        at = rng.randrange(len(data))
        return data[:at] + rng.choice(_PIECES).encode("utf-8", "surrogatepass") + data[at:]
    lines = data.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    if kind == 2:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(one, lines[other])
    return b"\n".join(lines)


def mutated_within(data: bytes, rng: Random) -> bytes:
    """Change one member of an archive and pack it again."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        picked = rng.choice(names)
        for name in names:
            held = old.read(name)
            text = name.endswith((".xml", ".csv", ".rels"))
            made = mutated(held, rng, text=text) if name == picked else held
            new.writestr(name, made, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_whole(folder: Path) -> dict[str, list[Path]]:
    """Write the files that are then changed; by kind, a shapefile with all its parts."""
    from tests.mini import write_mini_study

    def few(held: dict[str, object]) -> None:
        for name, rows in (("settlements", 8), ("schools", 5), ("roads", 40)):
            held[name] = held[name].iloc[:rows]  # type: ignore[attr-defined]

    study = write_mini_study(folder / "study", attendance=False, change=few)
    made = {"study": [study, *sorted(study.parent.glob("s*/*.csv"))]}
    for paths in (_write_tables(folder), _write_layers(study, folder), _write_roads(folder)):
        made |= {path.suffix[1:]: [path] for path in paths}
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
    cell = '<t:table-cell o:value-type="string"><x:p>学校标识码</x:p></t:table-cell>'
    rows = f"<t:table-row>{cell * 3}</t:table-row>" * 2
    names = " ".join(
        f'xmlns:{short}="{spoken}:{name}:1.0"'
        for short, name in (("o", "office"), ("t", "table"), ("x", "text"))
    )
    content = (
        f'<?xml version="1.0"?><o:document-content {names}><o:body><o:spreadsheet>'
        f'<t:table t:name="a">{rows}</t:table></o:spreadsheet></o:body></o:document-content>'
    )
    with zipfile.ZipFile(folder / "a.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = f'<m:manifest xmlns:m="{spoken}:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return [folder / f"a.{kind}" for kind in ("csv", "xlsx", "xls", "ods", "zip")]


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

    from tests.data_osm import write_small_extract

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
    from layout import tables
    from layout.readers import tabular

    raw, _, _ = tabular.read_table((path, ""), tables.SCHOOLS, file=path.name, named={})
    plain, _ = tables.spoken_values(raw, tables.SCHOOLS, file=path.name)
    tables.check_table(plain, tables.SCHOOLS, file=path.name)


def read_areas(path: Path) -> None:
    """Read a layer of counties."""
    from layout.readers.vector import AREAS, read_vector

    read_vector((path, ""), file=path.name, kinds=AREAS)


def read_roads(path: Path) -> None:
    """Read roads; of an extract also its places and administrative areas."""
    from layout.readers import osm
    from layout.roads import read_network

    read_network(path, crs=CRS)
    if osm.is_osm(path):
        osm.read_points(path, {"place": True})
        osm.read_boundaries(path, admin_level=6)


def read_raster(path: Path) -> None:
    """Sum a raster of inhabitants to two places."""
    import geopandas as gpd
    import shapely

    from layout.newstudy.people import raster_people

    places = gpd.GeoSeries(gpd.points_from_xy([106.0, 106.2], [23.1, 23.1]), crs=4326)
    raster_people(path, places, shapely.box(105.9, 23, 106.3, 23.2), crs=CRS)


def read_study(path: Path) -> None:
    """Read a whole study with all its checks."""
    from layout.study import examine

    examine(path)


READ: dict[str, Callable[[Path], None]] = {
    **dict.fromkeys(("csv", "xlsx", "xls", "ods", "zip"), read_table),
    **dict.fromkeys(("gpkg", "geojson", "shp", "fgb", "parquet"), read_areas),
    **dict.fromkeys(("osm", "pbf", "graphml"), read_roads),
    "tif": read_raster,
    "study": read_study,
}


def write_input(number: int, whole: dict[str, list[Path]], folder: Path) -> tuple[str, Path]:
    """Write input ``number`` into an empty folder; its kind, and the file to read."""
    rng = Random(number)
    kind = rng.choice(sorted(READ))
    changed = rng.choice(whole[kind])
    data = changed.read_bytes()
    suffix = changed.suffix
    if suffix in _PACKED and rng.random() < 0.7:
        data = mutated_within(data, rng)
    else:
        data = mutated(data, rng, text=suffix in _TEXTS)
    if kind == "study":
        shutil.copytree(whole[kind][0].parent, folder, dirs_exist_ok=True)
        (folder / changed.relative_to(whole[kind][0].parent)).write_bytes(data)
        return kind, folder / whole[kind][0].name
    for part in whole[kind]:
        (folder / part.name).write_bytes(data if part == changed else part.read_bytes())
    return kind, folder / whole[kind][0].name


def child(start: int, originals: Path, keep: Path | None) -> None:
    """Read one input after the other and say on standard output what becomes of each."""
    from layout.errors import InputError
    from layout.readers import workbooks

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    workbooks.SECONDS = WORKBOOK_SECONDS
    warnings.simplefilter("ignore")
    whole = write_whole(originals)
    number = start
    while True:
        with tempfile.TemporaryDirectory(dir=originals) as held:
            kind, path = write_input(number, whole, Path(held))
            print(json.dumps({"number": number, "kind": kind}), flush=True)
            try:
                READ[kind](path)
            except InputError:
                pass
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
                place = traceback.extract_tb(error.__traceback__)[-1]
                told = f"{type(error).__name__} in {Path(place.filename).name}:{place.name}"
                print(json.dumps({"number": number, "kind": kind, "error": told}), flush=True)
                if keep is not None:
                    shutil.copytree(held, keep / f"{number}-{kind}", dirs_exist_ok=True)
        number += 1


def run(seconds: float, start: int, keep: Path | None) -> dict[str, Counter[str]]:
    """Let children read for a time; inputs by kind, and finds by what they were."""
    tried: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    end = time.monotonic() + seconds
    number = start
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as originals:
            call = [sys.executable, "-m", "tools.fuzz", "--child", originals]
            call += ["--start", str(number), *(["--keep", str(keep)] if keep else [])]
            with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
                last = _listen(process, end, tried, finds)
                process.kill()
        if last is None:
            raise SystemExit("the readers did not start")
        number = last + 1
    return {"tried": tried, "finds": finds}


def _listen(
    process: subprocess.Popen[str], end: float, tried: Counter[str], finds: Counter[str]
) -> int | None:
    """Count what a child says until it falls silent, dies or the time is over."""
    said: queue.Queue[str] = queue.Queue()

    def pump() -> None:
        for line in process.stdout or ():
            said.put(line)
        said.put("")

    threading.Thread(target=pump, daemon=True).start()
    number, kind = None, ""
    while time.monotonic() < end:
        try:
            line = said.get(timeout=SILENT_SECONDS)
        except queue.Empty:
            line = "hang"
        if line in ("", "hang"):
            word = line or f"crash (exit {process.wait()})"
            finds[f"{kind}: {word}"] += 1
            print(f"{number} {kind}: {word}", flush=True)
            return number
        told = json.loads(line)
        number, kind = told["number"], told["kind"]
        if "error" not in told:
            tried[kind] += 1
            continue
        key = f"{kind}: {told['error']}"
        if key not in finds:
            print(f"{number} {key}", flush=True)
        finds[key] += 1
    return number


def main() -> int:
    """Read the options, run and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.start, options.child, options.keep)
    found = run(options.seconds, options.start, options.keep)
    by_kind = ", ".join(f"{kind} {count}" for kind, count in sorted(found["tried"].items()))
    print(f"{found['tried'].total()} inputs ({by_kind})")
    print(f"{found['finds'].total()} finds in {len(found['finds'])} kinds")
    for find, count in found["finds"].most_common():
        print(f"  {count} × {find}")
    return 1 if found["finds"] else 0


if __name__ == "__main__":
    sys.exit(main())
