"""The folder of a batch, and a study whose costs nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from layout.app.batch import Batch
from layout.app.batch.folder import batch_folder
from layout.app.batch.hands import Hands
from layout.app.batch.listing import Listed, Listing
from layout.app.batch.processes import Call, Ended
from layout.app.batch.record import sealed
from layout.app.batch.running import Running
from layout.app.batch.share import Shared
from layout.app.batch.sharing import shared_closures
from layout.app.batch.work import Task
from layout.core.errors import InputError
from layout.core.text import Language, using
from layout.planning.schema import BATCH


def test_one_run_at_a_time(tmp_path: Path) -> None:
    folder = batch_folder(tmp_path / "out")
    with folder.for_one_run(), pytest.raises(InputError) as caught, folder.for_one_run():
        pass
    assert [one.code for one in caught.value.problems] == ["batch-running"]
    # Free again, and known for a batch's by its record alone.
    with folder.for_one_run():
        folder.write_record({"complete": False})
    assert batch_folder(tmp_path / "out") == folder


@pytest.mark.parametrize("text", ["", "[]", "{", '{"program": "other"}'])
def test_a_record_of_others_makes_no_batch(tmp_path: Path, text: str) -> None:
    (tmp_path / "batch.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        batch_folder(tmp_path)
    assert [one.code for one in caught.value.problems] == ["output-folder"]


def test_the_table_has_every_column_and_blanks_where_nothing_is_known(tmp_path: Path) -> None:
    folder = batch_folder(tmp_path / "out")
    with folder.for_one_run():
        waiting = {"study": "a", "status": "waiting", "exit_code": 0}
        done = {"study": "b", "status": "done", "exit_code": 0, "closed": 3, "gap": 0.25}
        folder.write_table([waiting, done])
    table = pd.read_csv(tmp_path / "out" / "batch.csv", dtype=str, keep_default_na=False)
    assert tuple(table.columns) == BATCH.names
    assert table["closed"].tolist() == ["", "3"]
    assert table["gap"].tolist() == ["", "0.2500"]
    assert table["title"].tolist() == ["", ""]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    folder = batch_folder(tmp_path)
    with folder.for_one_run():
        folder.write_refusal({"total": 9})
    names = {".new-abcd_123", ".batch.csv.abcd1234", f"costs/.{'0' * 64}.json.abcd1234", ".mine"}
    for name in names:
        (tmp_path / name).mkdir(parents=True)
    with folder.for_one_run():
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    # Nor does an earlier refusal stand beside a result.
    assert left == {".mine", "costs"}


def test_a_study_without_costs_stops_the_sharing(tmp_path: Path) -> None:
    spoken: list[str] = []

    class Unread(Hands):
        def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
            for call in calls:
                spoken.append(call.task["language"])
                record = {"key": call.key, "status": "bad_input", "exit_code": 1}
                record["again"] = False
                record |= {"message": "no such file", "costs": {}}
                Path(call.target).parent.mkdir(exist_ok=True)
                Path(call.target).write_text(sealed(record), encoding="utf-8")
                yield call, Ended(how="whole")

        def close(self) -> None:
            raise AssertionError

    def listing_in(language: Language) -> Listing:
        tasks = [
            Task(name=name, study=f"/nowhere/{name}.toml", language=language)
            for name in ("one", "two")
        ]
        studies = tuple(Listed(task=task) for task in tasks)
        return Listing(title="", language=language, studies=studies, close=3)

    listing = listing_in("en")
    running = Running(
        hands=Unread(), attempts=1, retry=False, memory_bytes=None, told=lambda _: None
    )
    folder = batch_folder(tmp_path / "out")
    with folder.for_one_run(), pytest.raises(InputError) as caught:
        shared_closures(listing, folder, running)
    problems = caught.value.problems
    assert [(one.code, one.label) for one in problems] == [
        ("batch-unshared", "one"),
        ("batch-unshared", "two"),
    ]
    assert "no such file" in str(caught.value)
    # Asked once more, in another language, they say it in that one.
    with folder.for_one_run(), pytest.raises(InputError):
        shared_closures(listing_in("zh"), folder, running)
    assert spoken == ["en", "en", "zh", "zh"]


def test_the_printed_table_names_counties_and_the_unit(tmp_path: Path) -> None:
    rows = [
        {"study": f"city-{code}", "title": f"City · {name}", "status": "done", "one_more": 12.4}
        for code, name in (("451026", "Napo"), ("451081", "Jingxi"))
    ]
    shared = Shared(
        objective="metres",
        numbers={"city-451026": 0, "city-451081": 0},
        value=0.0,
        bound=0.0,
        status="proven",
        asked={},
        one_more={},
        one_less={},
        rounds=1,
    )
    with using("en"):
        whole = Batch(
            path=tmp_path, table=pd.DataFrame(rows), shared=shared, sites=None, exit_code=0
        )
        told = whole.in_words()
    assert told["Name"].tolist() == ["Napo", "Jingxi"]
    assert told["One more costs (pupil-metres a day)"].tolist() == ["12", "12"]
    assert told["Schools closed"].tolist() == ["", ""]
