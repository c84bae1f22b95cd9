"""What a new study is made of: areas, names, populations, hostile extracts, the empty workbook."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin
from shapely import box

from layout.app.cli.command import main
from layout.app.newstudy import new_study, read_age_shares, write_template
from layout.app.newstudy.areas import find_area
from layout.app.newstudy.build import read_parts
from layout.app.newstudy.people import children_by_age, raster_people, tagged_people
from layout.app.newstudy.source import of_extract
from layout.core.errors import InputError, UsageError
from layout.inputs.rasters.geotiff import is_tiff
from layout.inputs.study.study import Study
from layout.inputs.tables import SCHOOLS, SETTLEMENTS
from tests.worlds.data_osm import PLACES, write_osm, write_small_extract
from tests.worlds.mini import write_mini_study

pytestmark = pytest.mark.slow

NODES = [
    (1, 106.00, 23.00, {"place": "village", "name": "甲"}),
    (2, 106.02, 23.01, {"place": "village", "population": "2 000"}),
    (3, 106.001, 23.001, {"amenity": "school", "isced:level": "1-3"}),
    (4, 106.021, 23.011, {"amenity": "kindergarten"}),
]
ROADS = [(1, [1, 2], {"highway": "tertiary"})]


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_extract(tmp_path_factory.mktemp("osm") / "small.osm.pbf")


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("1200", 1200),
        (" 1,200 ", 1200),
        ("1 200", 1200),
        ("1.200", 1200),
        ("１２００", 1200),
        ("~1200", 1200),
        ("约300", 300),
        ("1200 (2011)", 1200),
        ("1200;1250", 1200),
        ("1.2万", 12_000),
        ("1200人", 1200),
    ],
)
def test_population_tags_that_can_be_read(text: str, people: float) -> None:
    assert tagged_people(text) == people


@pytest.mark.parametrize(
    "text", ["", "many", "-5", "0", "1e9", "1200-1300", "12,34", "nan", "9" * 12]
)
def test_population_tags_that_cannot(text: str) -> None:
    assert np.isnan(tagged_people(text))


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=40), st.floats(0, 0.05))
def test_children_keep_the_sum(people: list[float], share: float) -> None:
    (children,) = children_by_age(np.array(people), {6: share}).values()
    exact = np.array(people) * share
    assert children.sum() == round(float(exact.sum()))
    assert (np.abs(children - exact) < 1 + 1e-6).all()


def raster(
    path: Path, values: np.ndarray, *, crs: str | None = "EPSG:4326", cell: float = 0.001
) -> Path:
    """Cells of 0.001 degrees from 105.99 E, 23.03 N; −99999 means no data."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype="float32",
        crs=crs,
        nodata=-99999,
        transform=from_origin(105.99, 23.03, cell, cell),
    ) as made:
        made.write(values.astype("float32"), 1)
    return path


def test_a_raster_keeps_its_mass(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(0, 30, (50, 60)).round(2)
    values[::7] = -99999
    values[3, 3] = np.nan
    path = raster(tmp_path / "p.tif", values)
    held = np.where(np.isfinite(values) & (values > 0), values, 0).astype("float32")
    places = gpd.GeoSeries.from_xy([106.0, 106.02], [23.0, 23.01], crs="EPSG:4326")
    area = box(105.9905, 22.9905, 106.03, 23.02)
    found = raster_people(path, places, area, crs="EPSG:4507")
    x, y = np.meshgrid(
        105.99 + 0.001 * (np.arange(60) + 0.5), 23.03 - 0.001 * (np.arange(50) + 0.5)
    )
    within = (x > 105.9905) & (x < 106.03) & (y > 22.9905) & (y < 23.02)
    assert found.inside == pytest.approx(float(held[within].sum(dtype="float64")), rel=1e-6)
    assert found.by_settlement.sum() == pytest.approx(found.inside, rel=1e-12)
    # East and north of the middle belongs to the second place; degrees are not metres.
    first = within & ((x - 106.01) * np.cos(np.radians(23)) * 0.02 * 0.92 + (y - 23.005) * 0.01 < 0)
    assert found.by_settlement[0] == pytest.approx(float(held[first].sum()), rel=0.02)


def test_a_study_with_a_raster_says_what_fell_outside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_osm(tmp_path / "a.osm.pbf", NODES, ROADS)
    population = raster(tmp_path / "p.tif", np.full((50, 60), 2.0))
    ages = tmp_path / "ages.csv"
    ages.write_text("age,share\n" + "".join(f"{age},0.02\n" for age in range(18)))
    with pytest.raises(SystemExit) as caught:
        main(
            f"new --osm {source} --out {tmp_path / 's'} --population {population} "
            f"--ages {ages} --lang en".split()
        )
    assert caught.value.code == 0
    assert "not counted" in capsys.readouterr().out
    people = pd.read_csv(tmp_path / "s/settlements/population.csv").set_index("settlement_id")
    assert people["source"].to_dict() == {"n1": "raster", "n2": "tagged"}
    assert people.at["n2", "people"] == 2000
    study = Study.read(tmp_path / "s/study.toml")
    total = people["people"].sum()
    assert study.settlements["age_6"].sum() == round(total * 0.02)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text", "raster"),
        ("cut", "raster"),
        ("no-crs", "crs-missing"),
        ("elsewhere", "raster-empty"),
        ("other-side", "raster-empty"),
        ("no-size", "raster"),
        ("vrt", "raster"),
        ("huge", "raster-large"),
    ],
)
def test_rasters_that_are_refused(
    kind: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.tif"
    if kind == "text":
        path.write_text("people")
    elif kind == "vrt":
        path.write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    elif kind == "no-crs":
        raster(path, np.ones((50, 60)), crs=None)
    elif kind == "elsewhere":
        raster(path, np.zeros((50, 60)))
    elif kind == "other-side":
        raster(path, np.ones((50, 60)), crs="+proj=ortho +lat_0=-23 +lon_0=-74")
    elif kind == "no-size":
        raster(path, np.ones((50, 60)), cell=0.0)
    elif kind == "huge":
        path = sparse_raster(path)
    else:
        raster(path, np.random.default_rng(0).uniform(0, 9, (50, 60)))
        path.write_bytes(path.read_bytes()[:3000])
    source = write_osm(tmp_path / "a.osm.pbf", NODES, ROADS)
    with pytest.raises(SystemExit) as left:
        main(f"new --osm {source} --out {tmp_path / 's'} --population {path} --lang en".split())
    told = capsys.readouterr().err
    assert left.value.code == 1
    assert f"error [{code}] p.tif" in told
    assert "Remedy" in told
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.osm.pbf", "p.tif"]


def sparse_raster(path: Path) -> Path:
    """A raster of 40,000 × 40,000 cells over the places, of which none is stored."""
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=40_000,
        width=40_000,
        count=1,
        dtype="uint8",
        crs="EPSG:4326",
        transform=from_origin(105.99, 23.03, 1e-6, 1e-6),
        sparse_ok=True,
        tiled=True,
    ):
        return path


def test_age_shares_must_be_whole(tmp_path: Path) -> None:
    path = tmp_path / "ages.csv"
    halves = "".join(f"{age}.5,0.01\n" for age in range(18))
    endless = halves.replace(".5", "").replace("17,", "inf,")
    texts = ["6,0.01\n", "6,0.01\n" * 18, halves, endless]
    for text in ("", "a,b\n1,2\n", *(f"age,share\n{rows}" for rows in texts)):
        path.write_text(text)
        with pytest.raises(InputError, match=r"error \[age-shares\] ages\.csv"):
            read_age_shares(path)
    with pytest.raises(InputError, match="age"):
        read_age_shares(tmp_path / "none.csv")


def test_a_name_too_long_is_a_file_that_is_not_there(extract: Path, tmp_path: Path) -> None:
    name = Path("x" * 300)
    with pytest.raises(InputError, match=r"error \[missing-file\]"):
        of_extract(name.with_suffix(".osm"))
    with pytest.raises(InputError, match=r"error \[missing-file\]"):
        find_area(of_extract(extract), str(name.with_suffix(".gpkg")), language="en")
    assert not is_tiff(name.with_suffix(".tif"))


def test_age_shares_are_a_small_text(tmp_path: Path) -> None:
    text = "age,share\n" + "".join(f"{age},0.01\n" for age in range(18))
    (tmp_path / "ages.csv").write_text(text, encoding="utf-8")
    assert read_age_shares(tmp_path / "ages.csv")[17] == 0.01
    # What is packed would be unpacked, whatever its size.
    (tmp_path / "ages.csv.gz").write_bytes(gzip.compress(text.encode("utf-8")))
    (tmp_path / "long.csv").write_text(text + "\n" * 100_000, encoding="utf-8")
    for name in ("ages.csv.gz", "long.csv"):
        with pytest.raises(InputError, match=r"error \[age-shares\]"):
            read_age_shares(tmp_path / name)


def test_an_area_by_name_holds_its_places_only(extract: Path, tmp_path: Path) -> None:
    source = of_extract(extract)
    county = find_area(source, "South County", language="en").shape
    study, _ = read_parts(source, extract, "en", county, None, None)
    inside = [place for place in PLACES if place.north_km < 5.0]
    assert len(study.settlements) in (len(inside), len(inside) + 1)
    assert len(study.units) == 1
    with pytest.raises(InputError, match=r"error \[unknown-area\](?s:.)*South County"):
        new_study(extract, tmp_path / "x", area="Sout County", language="en")


def test_an_area_by_file_cuts_the_units(extract: Path, tmp_path: Path) -> None:
    file = tmp_path / "area.gpkg"
    area = box(105.99, 22.99, 106.05, 23.03)
    gpd.GeoDataFrame(geometry=[area], crs="EPSG:4326").to_file(file)
    source = of_extract(extract)
    within = find_area(source, str(file), language="zh").shape
    study, _ = read_parts(source, extract, "zh", within, None, None)
    assert study.settlements.within(area).all()
    assert study.units.union_all().difference(area.buffer(1e-9)).is_empty
    with pytest.raises(InputError, match=r"none\.gpkg"):
        new_study(extract, tmp_path / "x", area=str(tmp_path / "none.gpkg"))


def test_hostile_extracts_give_sound_studies(tmp_path: Path) -> None:
    """Places and schools mapped twice, as areas, nameless, with strange tags, on clipped ways."""
    ring = [
        (10 + n, 106.03 + dx, 23.02 + dy, {})
        for n, (dx, dy) in enumerate(((0, 0), (0.002, 0), (0.002, 0.002), (0, 0.002)))
    ]
    nodes = [
        *NODES,
        *ring,
        (5, 106.031, 23.021, {"place": "village", "name": "乙村"}),
        (6, 106.04, 23.0, {"place": "hamlet", "name:en": "=HYPERLINK(1)\n</script>"}),
        (7, 106.0305, 23.0205, {"amenity": "school", "name": "乙小学"}),
        (8, 106.0308, 23.0208, {"amenity": "school"}),
        (9, 106.04, 23.001, {"amenity": "school", "isced:level": "0", "name": "{{7*7}}"}),
    ]
    ways = [
        (1, [1, 2, 999], {"highway": "tertiary"}),
        (2, [2, 5, 6], {"highway": "track"}),
        (3, [10, 11, 12, 13, 10], {"place": "village", "name": "乙村", "population": "800"}),
        (4, [10, 11, 12, 13, 10], {"amenity": "school", "name": "乙小学"}),
        (5, [10, 888, 12], {"amenity": "school", "name": "clipped"}),
        (6, [6], {"highway": "path"}),
    ]
    relations = [
        (1, [("w", 5, "outer")], {"type": "boundary", "boundary": "administrative"}),
        (2, [("w", 777, "outer")], {"boundary": "administrative", "admin_level": "6"}),
    ]
    source = write_osm(tmp_path / "a.osm.pbf", nodes, ways, relations)
    study = Study.read(new_study(source, tmp_path / "s", language="en"))
    assert study.settlements["name"].to_dict() == {
        "n1": "甲",
        "n2": "Unnamed place n2",
        "n5": "乙村",
        "n6": "=HYPERLINK(1) </script>",
    }
    assert study.settlements.at["n5", "age_6"] == 8
    assert study.schools["type_code"].to_dict() == {
        "n3": "345",
        "n4": "111",
        "n7": "211",
        "n9": "111",
        "w5": "312",
    }


def test_quarters_count_where_there_are_no_villages(tmp_path: Path) -> None:
    nodes = [
        (n, *at, {**tags, "place": "neighbourhood"} if "place" in tags else tags)
        for n, *at, tags in NODES
    ]
    path = write_osm(tmp_path / "a.osm.pbf", nodes, ROADS)
    study, _ = read_parts(of_extract(path), path, "zh", None, None, None)
    assert study.settlements["kind"].tolist() == ["neighbourhood", "neighbourhood"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_filled_workbook_is_read(language: str, tmp_path: Path, mini_study: Study) -> None:
    path = write_mini_study(tmp_path / "s")
    book_path = write_template(path.parent, language=language)  # type: ignore[arg-type]
    book = openpyxl.load_workbook(book_path)
    assert book.sheetnames[:3] == ["schools", "settlements", "attendance"]
    for name in ("schools", "settlements", "attendance"):
        sheet = book[name]
        header = [cell.value for cell in sheet[1]]
        assert sheet.max_row == 1
        rules = [rule for rule in sheet.data_validations.dataValidation if rule.prompt]
        assert len(rules) >= 3
        file = next(path.parent.rglob(f"{name}.csv"))
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
        numeric = {c.name for t in (SCHOOLS, SETTLEMENTS) for c in t.columns if c.kind == "int"}
        for number, row in enumerate(rows.to_dict("records"), start=2):
            for at, column in enumerate(header, start=1):
                value = row.get(column, "")
                if value != "":
                    sheet.cell(number, at, int(value) if column in numeric else value)
        file.unlink()
        text = path.read_text(encoding="utf-8")
        old = file.relative_to(path.parent).as_posix()
        assert old in text
        path.write_text(text.replace(old, f"template.xlsx|{name}"), encoding="utf-8")
    book.save(book_path)
    study = Study.read(path)
    for name in ("schools", "settlements", "attendance"):
        left, right = getattr(study, name), getattr(mini_study, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(left).astype(str), pd.DataFrame(right).astype(str)
        )


def test_the_workbook_says_what_each_column_is(tmp_path: Path) -> None:
    one, other = (write_template(tmp_path / name, language="zh") for name in ("a.xlsx", "b.xlsx"))
    assert one.read_bytes() == other.read_bytes()
    guide = openpyxl.load_workbook(one).worksheets[3]
    told = {row[1].value: row[2].value for row in guide.iter_rows() if row[1].value}
    columns = {column.name for table in (SCHOOLS, SETTLEMENTS) for column in table.columns}
    assert {column for column in columns if not told.get(column)} == set()
    with pytest.raises(UsageError):
        write_template(one)


def test_new_takes_one_way_or_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for words in ([], ["--osm", "a.osm.pbf", "--template"], ["--template", "--area", "x"]):
        with pytest.raises(SystemExit) as caught:
            main(["new", "--out", str(out), *words])
        assert caught.value.code == 2
    assert not out.exists()
    with pytest.raises(SystemExit) as caught:
        main(["new", "--template", "--out", str(out), "--lang", "en"])
    assert caught.value.code == 0
    assert "template.xlsx" in capsys.readouterr().out
    shutil.rmtree(out)
