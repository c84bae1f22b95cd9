"""A plan read back from its folder: what it can do, and what is no plan."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import layout
from layout.core.errors import InputError, UsageError
from layout.core.text import set_language
from layout.output.lists import CONTRACT
from tests.worlds import eight_schools

pytestmark = pytest.mark.slow


def test_it_compares_and_exports_without_its_study(
    plan: layout.Plan, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "alone")
    saved = layout.read_plan(tmp_path / "alone")
    assert list(saved.closed) == list(plan.closed)
    assert saved.runs == plan.runs
    table = layout.compare(plan, tmp_path / "alone")
    assert (abs(table.iloc[:, 0] - table.iloc[:, 1]) <= 0.05).all()
    saved.export(tmp_path / "sites.csv", tables="sites")
    assert (tmp_path / "sites.csv").read_bytes() == (folder / "sites.csv").read_bytes()
    for needs in (saved.map, lambda: saved.explain(plan.closed[0])):
        with pytest.raises(UsageError, match=r"needs the study of the plan, and mini\.toml"):
            needs()


def test_it_draws_and_explains_where_the_study_is_near(
    plan: layout.Plan, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("solved something")

    monkeypatch.setattr("layout.planning.consolidation.model.close_sites", refuse)
    saved = layout.read_plan(folder)
    assert saved.study.programmes == plan.study.programmes
    assert saved.study.options == plan.study.options
    for language in ("zh", "en"):
        drawn = saved.map(language=language).html
        assert drawn.count("<script") == plan.map(language=language).html.count("<script")
    # Schools that close, may close, must stay, receive, and others.
    table = plan.candidates
    schools = [
        *plan.closed[:2],
        *table.loc[table["candidate"] & ~table["closed"], "school_id"][:3],
        *table.loc[~table["candidate"], "school_id"][::16],
        *plan.study.schools.index[:3],
    ]
    for language in ("en", "zh"):
        set_language(language)
        assert [saved.explain(one) for one in schools] == [plan.explain(one) for one in schools]


def test_a_saved_plan_speaks_both_languages(plan: layout.Plan, folder: Path) -> None:
    saved = layout.read_plan(folder)
    english = [str(note) for note in saved.notes]
    reasons = [str(reason) for reason in saved.closures["reason"]]
    assert english == [str(note) for note in plan.notes]
    set_language("zh")
    assert [str(note) for note in saved.notes] == [str(note) for note in plan.notes] != english
    assert [str(reason) for reason in saved.closures["reason"]] != reasons


def test_what_the_retained_schools_would_need_comes_back(plan: layout.Plan, folder: Path) -> None:
    assert len(plan.improvements)
    saved = layout.read_plan(folder)
    pd.testing.assert_frame_equal(saved.improvements, plan.improvements, check_dtype=False)


def test_what_was_worked_out_comes_back(plan: layout.Plan, folder: Path) -> None:
    saved, made = layout.read_plan(folder), plan.worked_out
    assert saved.worked_out is saved
    assert (saved.candidates["if_forced"] == "kept").sum() == len(plan.closed)
    assert (saved.candidates["if_forced"] == "closed").any()
    for name, column in (
        ("candidates", "added"),
        ("closures", "added_if_kept"),
        ("retained", "price"),
    ):
        assert getattr(made, name)[column].notna().any()
        one, other = (getattr(each, name).set_index("school_id") for each in (made, saved))
        pd.testing.assert_series_equal(
            one[column].sort_index(), other[column].sort_index(), check_index_type=False, atol=1e-4
        )
    run = saved.run_of("closures")
    assert run == plan.run_of("closures")
    assert run is not None
    assert {level.status for level in run.levels} == {"proven"}
    assert len(run.levels) == 7


@pytest.mark.more
def test_changed_inputs_are_named(folder: Path, path: Path, tmp_path: Path) -> None:
    shutil.copytree(path.parent, tmp_path / "study")
    table = tmp_path / "study" / "schools" / "schools.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    shutil.copytree(folder, tmp_path / "out")
    saved = layout.read_plan(tmp_path / "out", study=tmp_path / "study" / path.name)
    assert "Changed since this plan was made: schools/schools.csv." in map(str, saved.notes)
    assert saved.map().html


@pytest.mark.parametrize("damage", ["nothing", "old", "table", "json"])
def test_what_is_no_plan_is_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    target = tmp_path / "out"
    target.mkdir()
    if damage != "nothing":
        shutil.copytree(folder, target, dirs_exist_ok=True)
    if damage == "old":
        record = json.loads((target / "run.json").read_text(encoding="utf-8"))
        del record["config"]
        (target / "run.json").write_text(json.dumps(record), encoding="utf-8")
    if damage == "table":
        (target / "sites.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    if damage == "json":
        (target / "run.json").write_text("[", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        layout.read_plan(target)
    assert [problem.code for problem in caught.value.problems] == ["no-plan"]
    assert "layout plan" in str(caught.value.problems[0].remedy)


@pytest.mark.parametrize(
    ("name", "column", "wrong"),
    [
        ("candidates", "closed", "true"),
        ("candidates", "school_id", "elsewhere"),
        ("candidates", "closes_then", "elsewhere"),
        ("candidates", "added", "inf"),
        ("closures", "school_id", "elsewhere"),
        ("closures", "receivers", "elsewhere;nowhere"),
        ("assignment", "settlement_id", "elsewhere"),
        ("counties", "county_code", "elsewhere"),
    ],
)
def test_a_table_that_says_what_the_plan_cannot_is_refused(
    folder: Path, path: Path, tmp_path: Path, name: str, column: str, wrong: str
) -> None:
    target = tmp_path / "out"
    shutil.copytree(folder, target)
    file = target / f"{name}.csv"
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert table.loc[0, column] != wrong
    table.loc[0, column] = wrong
    table.to_csv(file, index=False, encoding="utf-8-sig")
    with pytest.raises(InputError) as caught:
        layout.read_plan(target, study=path)
    assert [problem.code for problem in caught.value.problems] == ["no-plan"]


@pytest.mark.more
def test_a_plan_without_sites_is_the_same_layers_when_saved_again(
    study: layout.Study, tmp_path: Path
) -> None:
    first = layout.consolidate(study, close=0).save(tmp_path / "first")
    again = layout.read_plan(first, study=study).save(tmp_path / "again")
    for name in ("plan.gpkg", "plan.xlsx", "run.json", *(f"{table}.csv" for table in CONTRACT)):
        assert (first / name).read_bytes() == (again / name).read_bytes()


@pytest.mark.more
def test_what_it_was_made_from_stays_on_record(folder: Path, path: Path, tmp_path: Path) -> None:
    shutil.copytree(path.parent, tmp_path / "study")
    table = tmp_path / "study" / "schools" / "schools.csv"
    table.write_bytes(table.read_bytes() + b"\n")
    saved = layout.read_plan(folder, study=tmp_path / "study" / path.name)
    again = saved.save(tmp_path / "again")
    records = [
        json.loads((where / "run.json").read_text(encoding="utf-8")) for where in (folder, again)
    ]
    assert records[0]["inputs"] == records[1]["inputs"]
    assert records[0]["notes"] == records[1]["notes"]
    assert records[0]["levers"] == records[1]["levers"]


def test_another_study_is_refused(folder: Path, study: layout.Study) -> None:
    with pytest.raises(UsageError, match="not of another"):
        layout.read_plan(folder, study=replace(study, name="another"))
    with pytest.raises(UsageError, match=r"no study file nowhere\.toml"):
        layout.read_plan(folder, study="nowhere.toml")


@pytest.mark.more
def test_levers_come_back_with_a_study_given_as_it_is(
    study: layout.Study, plan: layout.Plan, tmp_path: Path
) -> None:
    fewer = layout.consolidate(plan, close=2, keep=plan.closed[0])
    saved = layout.read_plan(fewer.save(tmp_path / "two"), study=study)
    assert saved.study.options == fewer.study.options


@pytest.mark.more
def test_rounded_numbers_are_not_built_upon(folder: Path, plan: layout.Plan) -> None:
    saved = layout.read_plan(folder)
    for build in (layout.retain_border, lambda one: layout.site(one, "kindergarten")):
        with pytest.raises(UsageError, match=r"make it again.*make_plan"):
            build(saved)
    again = layout.make_plan(saved)
    assert again.baseline is not None
    assert again.baseline.closures.empty
    for name in CONTRACT:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(plan, name))


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("retained", ",true,", ",perhaps,"),
        ("closures", ",pass,", ",passed,"),
        ("counties", "\r\n", "\r\n\r\n"),
        ("sites", ",kindergarten,", ",garden,"),
    ],
)
def test_damaged_cells_are_no_plan(
    folder: Path, tmp_path: Path, table: str, old: str, new: str
) -> None:
    target = shutil.copytree(folder, tmp_path / "out")
    path = target / f"{table}.csv"
    text = path.read_bytes().decode("utf-8-sig")
    lines = text.splitlines(keepends=True)
    damaged = text.replace(old, new, 1) if old in text else "".join(lines[:-1])
    assert damaged != text
    if table == "counties":
        damaged = "".join(lines[:-1])
    path.write_bytes(damaged.encode("utf-8-sig"))
    with pytest.raises(InputError) as caught:
        layout.read_plan(target)
    assert caught.value.problems[0].code == "no-plan"


def test_what_a_spreadsheet_writes_again_is_the_same(
    folder: Path, plan: layout.Plan, tmp_path: Path
) -> None:
    target = shutil.copytree(folder, tmp_path / "out")
    path = target / "retained.csv"
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("true", "TRUE").replace("false", "FALSE"), encoding="utf-8-sig")
    saved = layout.read_plan(target)
    assert saved.retained["official"].tolist() == plan.retained["official"].tolist()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("models", [{"model": "x"}]),
        ("models", 5),
        ("sentences", []),
        ("levers", {"close": 1, "unknown": 2}),
        ("seconds", {"travel": "soon"}),
        ("rows", {}),
        ("config", []),
        ("inputs", ["x"]),
        ("inputs", [{"name": "study", "path": "mini.toml", "sha256": "", "more": 1}]),
        ("sentences", {"warnings": ["x"]}),
    ],
)
def test_a_record_of_another_shape_is_no_plan(
    folder: Path, tmp_path: Path, key: str, value: object
) -> None:
    target = shutil.copytree(folder, tmp_path / "out")
    record = json.loads((target / "run.json").read_text(encoding="utf-8"))
    record[key] = value
    (target / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        layout.read_plan(target)
    assert caught.value.problems[0].code == "no-plan"


@pytest.mark.parametrize("header", [b",a" * 10_000, b',"a\n', b""])
def test_a_header_without_end_is_not_read(folder: Path, tmp_path: Path, header: bytes) -> None:
    target = shutil.copytree(folder, tmp_path / "out")
    first, _, rest = (target / "sites.csv").read_bytes().partition(b"\r\n")
    (target / "sites.csv").write_bytes(first + header + b"\r\n" + rest)
    if not header:
        assert len(layout.read_plan(target).sites)
        return
    with pytest.raises(InputError) as caught:
        layout.read_plan(target)
    assert caught.value.problems[0].code == "no-plan"


def test_no_study_elsewhere_is_read(folder: Path, tmp_path: Path) -> None:
    target = shutil.copytree(folder.parent, tmp_path / "all") / "out"
    record = json.loads((target / "run.json").read_text(encoding="utf-8"))
    for one in record["inputs"]:
        if one["name"] == "study":
            one["path"] = f"../study/{one['path']}"
            assert (target / one["path"]).is_file()
    (target / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(UsageError, match="needs the study of the plan"):
        layout.read_plan(target).map()


def test_no_address_of_a_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    """A folder may come from anybody: where inputs are is what the study file here says."""
    target = shutil.copytree(folder.parent, tmp_path / "all") / "out"
    record = json.loads((target / "run.json").read_text(encoding="utf-8"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        address = f"postgresql://u@127.0.0.1:{port}/db|a.b"
        record["config"]["inputs"]["settlements"] = address
        (target / "run.json").write_text(json.dumps(record), encoding="utf-8")
        saved = layout.read_plan(target)
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert len(saved.study.settlements)


@pytest.mark.more
def test_a_saved_plan_of_a_study_without_attendance_is_exported_again(tmp_path: Path) -> None:
    path = eight_schools.written(tmp_path)
    plan = layout.consolidate(layout.Study.read(path), close=3)
    folder = plan.save(tmp_path / "out")
    again = layout.read_plan(folder, study=path)
    assert again.study.attendance is None
    # The workbook of the whole plan needs the closure problem, and with it who goes where today.
    again.export(tmp_path / "again.xlsx")
    again.save(tmp_path / "again")
    for name in ("closures.csv", "candidates.csv", "assignment.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
