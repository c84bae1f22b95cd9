"""The datum of a study's tables: converted as declared, refused where it is another, recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest

from layout.app.cli.command import main
from layout.core.errors import InputError
from layout.inputs.datum import from_wgs84, in_wgs84
from layout.inputs.study.positions import REFUSE, in_degrees
from layout.inputs.study.study import Study
from tests.inputs.test_datum_detect import VERTICES
from tests.worlds.mini import write_mini_study

pytestmark = pytest.mark.slow

Shift = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def shifted(folder: Path, table: str, shift: Shift, part: slice = slice(None)) -> None:
    file = folder / table / f"{table}.csv"
    if not file.is_file():
        file = next(folder.rglob(f"{table}.csv"))
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    lon, lat = shift(
        *(rows.loc[rows.index[part], c].astype(float).to_numpy() for c in ("lon", "lat"))
    )
    rows.loc[rows.index[part], "lon"] = [f"{value:.8f}" for value in lon]
    rows.loc[rows.index[part], "lat"] = [f"{value:.8f}" for value in lat]
    rows.to_csv(file, index=False)


def declared(study: Path, text: str, key: str = "") -> None:
    held = study.read_text(encoding="utf-8")
    if key:
        held = held.replace("[study]\n", f"[study]\n{key}\n", 1)
    study.write_text(held + "\n" + text, encoding="utf-8")


def gcj(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return from_wgs84(lon, lat, "GCJ-02")


def zone35(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    way = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4523", always_xy=True)
    return way.transform(lon, lat)


@pytest.mark.parametrize(
    ("shift", "section"),
    [
        (gcj, '[datum]\nschools = "GCJ-02"\n'),
        (lambda *at: from_wgs84(*at, "BD-09"), '[datum]\nschools = "百度"\n'),
        (zone35, ""),
        (lambda *at: zone35(*at)[::-1], ""),
        (zone35, '[datum]\nschools = "EPSG:4523"\n'),
    ],
)
def test_declared_datums_and_zones_are_converted(
    shift: Shift, section: str, tmp_path: Path, mini_study: Study
) -> None:
    path = write_mini_study(tmp_path)
    shifted(path.parent, "schools", shift)
    declared(path, section)
    study = Study.read(path)
    assert study.schools.geometry.x.to_numpy() == pytest.approx(
        mini_study.schools.geometry.x.to_numpy(), abs=2e-7
    )
    assert study.schools.geometry.y.to_numpy() == pytest.approx(
        mini_study.schools.geometry.y.to_numpy(), abs=2e-7
    )
    record = {record.table: record for record in study.datums}["schools"]
    assert record.declared_by == ("study file" if section else "coordinates")


def test_an_unknown_datum_is_refused(tmp_path: Path) -> None:
    path = write_mini_study(tmp_path)
    declared(path, '[datum]\nschools = "Mars"\n')
    with pytest.raises(InputError) as caught:
        Study.read(path)
    assert [problem.code for problem in caught.value.problems] == ["datum-unknown"]


def test_positions_half_known_stay() -> None:
    typed = pd.DataFrame({"lon": [106.6, np.nan, 106.7], "lat": [23.9, 23.9, np.nan]})
    made, by = in_degrees(typed, "GCJ-02", file="s.toml", key="datum.schools")
    assert made.iloc[1:].equals(typed.iloc[1:])
    back = in_wgs84(np.array([106.6]), np.array([23.9]), "GCJ-02")
    assert made["lon"].iloc[0] == pytest.approx(back[0][0], abs=1e-8)
    assert typed["lon"].iloc[0] == 106.6
    assert by == "study file"


def wide_study(folder: Path, *, moved: Shift | None = None) -> Path:
    """A study of 400 settlements and 5 schools beside winding roads through 60 × 60 km."""
    from tests.worlds.data_osm import write_osm

    path = write_mini_study(folder)
    root = path.parent
    roads = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("roads"))
    places = VERTICES if moved is None else np.column_stack(moved(*VERTICES.T))
    nodes = [(n, *map(float, at), {}) for n, at in enumerate(places.round(7), start=1)]
    size = len(VERTICES) // 40
    ways = [
        (n, list(range(n * size + 1, (n + 1) * size + 1)), {"highway": "tertiary"})
        for n in range(40)
    ]
    write_osm(root / "wide.osm.pbf", nodes, [(n + 1, refs, tags) for n, refs, tags in ways])
    text = path.read_text("utf-8").replace(roads, 'roads = "wide.osm.pbf"')
    path.write_text(text, encoding="utf-8")
    file = next(root.rglob("settlements.csv"))
    first = pd.read_csv(file, dtype=str, keep_default_na=False)
    more = pd.concat([first.iloc[[0]]] * 400, ignore_index=True)
    more["settlement_id"] = [f"x{n}" for n in range(400)]
    at = VERTICES[np.random.default_rng(2).choice(len(VERTICES), 400, replace=False)]
    more["lon"], more["lat"] = (at + 0.0001).T.round(7).astype(str)
    for column in [name for name in more if name.startswith("age_")]:
        more[column] = "0"
    pd.concat([first, more]).to_csv(file, index=False)
    return path


def test_another_datum_is_refused_unless_a_person_has_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wide_study(tmp_path)
    shifted(path.parent, "settlements", gcj, slice(-400, None))
    with pytest.raises(SystemExit) as caught:
        main(["check", str(path), "--lang", "en"])
    told = capsys.readouterr().err
    assert caught.value.code == 1
    assert "error [datum-mismatch] settlements/settlements.csv" in told
    assert "GCJ-02" in told
    assert " m off" in told
    assert "datum_checked" in told
    declared(path, "", key='datum_checked = { name = "Wei", date = 2026-01-31 }')
    study = Study.read(path)
    (record,) = [record for record in study.datums if record.table == "settlements"]
    assert (record.decision, record.checked_by) == ("accepted", "Wei")
    assert record.confidence >= REFUSE
    assert record.as_dict()["checked_on"] == "2026-01-31"


@pytest.mark.more
def test_a_mixed_table_and_shifted_roads_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = wide_study(tmp_path / "mixed")
    shifted(path.parent, "settlements", gcj, slice(-200, None))
    with pytest.raises(SystemExit) as caught:
        main(["check", str(path), "--lang", "en"])
    assert caught.value.code == 1
    assert "[datum-mixed] settlements/settlements.csv" in capsys.readouterr().err
    path = wide_study(tmp_path / "roads", moved=gcj)
    with pytest.raises(SystemExit):
        main(["check", str(path), "--lang", "en"])
    assert "[datum-roads] settlements/settlements.csv" in capsys.readouterr().err


def test_right_tables_agree(tmp_path: Path) -> None:
    study = Study.read(wide_study(tmp_path))
    record = {record.table: record for record in study.datums}["settlements"]
    assert (record.decision, record.detected) == ("agrees", "WGS 84")
