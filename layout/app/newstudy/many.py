"""Many studies from one extract, one for each area, and the list by which a batch plans them."""

from __future__ import annotations

import hashlib
import json
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import shapely

from layout.app.newstudy.areas import Area, with_folders
from layout.app.newstudy.build import Choices, write_study
from layout.app.newstudy.source import Source
from layout.core.errors import InputError, LayoutError, UsageError
from layout.core.files import claimed, refusals_told, small_file, whole_file
from layout.core.problems import refuse
from layout.core.show import printable
from layout.core.text import tr, using
from layout.core.version import __version__
from layout.inputs.safety.paths import sha256_of
from layout.output.lists import PROGRAM, as_json

__all__ = ["LIST", "write_studies"]

LIST, _OTHER_LIST, _RECORD = "list.toml", "list-new.toml", "areas.json"
_STUDY = "study.toml"
_MOST_BYTES = 200_000_000
_MOST_REASONS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What became of the areas of one run.

    Attributes
    ----------
    made
        Those that have a study, in their order.
    failed
        Names of the others, and why.
    """

    made: list[Area] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def write_studies(
    origin: Source,
    extract: Path,
    areas: Sequence[Area],
    out: Path,
    choices: Choices,
    *,
    title: str,
) -> Path:
    """Write a study for each area, as far as that was not done before, and a list of them.

    Parameters
    ----------
    origin, extract
        Where everything comes from, and its file.
    areas
        Each with another code.
    out
        A new folder, or one of an earlier run, which is gone on with: a study that was made of the
        same inputs is left as it is.
    choices
        What their maker chose.
    title
        Name of the list.

    Returns
    -------
    Path
        The list, for ``layout batch``.

    Raises
    ------
    InputError
        None of the areas gave a study, or `out` cannot be written to.
    UsageError
        `out` holds something else.
    """
    with refusals_told(out):
        record = _record(out)
        out.mkdir(parents=True, exist_ok=True)
    with claimed(out) as free, using(choices.language):
        if not free:
            raise refuse("batch-running", file=str(out))
        placed, alike = with_folders(areas)
        done = _all(origin, extract, placed, out, choices, record)
        if not done.made:
            told = "; ".join(f"{name}: {why}" for name, why in done.failed[:_MOST_REASONS])
            raise refuse("no-study", file=origin.name, count=len(areas), reasons=told)
        heads = _heads(done, alike, count=len(areas))
        return _write_list(out, _list_text(out, done.made, heads, choices, title), record)


def _record(out: Path) -> dict[str, Any]:
    """What an earlier run noted of a folder; empty where there was none."""
    empty = {"program": PROGRAM, "studies": {}, "list": ""}
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return empty
    try:
        record = json.loads(small_file(out / _RECORD, most_bytes=_MOST_BYTES))
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict) or record.keys() != empty.keys():
        raise UsageError(tr("The folder {folder} is not empty; name a new one.", folder=out))
    return record


def _note(out: Path, record: Mapping[str, Any]) -> None:
    with refusals_told(out), whole_file(out / _RECORD) as partial:
        partial.write_text(as_json(record), encoding="utf-8", newline="\n")


def _all(
    origin: Source,
    extract: Path,
    areas: Sequence[Area],
    out: Path,
    choices: Choices,
    record: dict[str, Any],
) -> _Done:
    """Make each study that is not there; what cannot be made stops no other."""
    inputs = [origin.name, sha256_of(extract)]
    if choices.population is not None and Path(choices.population).is_file():
        inputs.append(sha256_of(Path(choices.population)))
    done = _Done()
    for at, area in enumerate(areas, start=1):
        where = {"at": at, "count": len(areas), "name": printable(area.name)}
        key = _key(inputs, area, choices)
        try:
            told = _one(origin, area, out / area.folder, choices, key, record)
        except LayoutError as error:
            if isinstance(error, InputError) and _is_of_disk(error):
                raise
            done.failed.append((printable(area.name), _reason(error)))
            _log.warning(
                tr("{at} of {count}: {name}: no study: {why}", why=_reason(error), **where)
            )
            continue
        done.made.append(area)
        _log.info(tr("{at} of {count}: {name}: {told}", told=told, **where))
    return done


def _one(
    origin: Source,
    area: Area,
    folder: Path,
    choices: Choices,
    key: str,
    record: dict[str, Any],
) -> str:
    """Make one study where it is not there, and say what there is now."""
    if folder.exists():
        if record["studies"].get(folder.name) != key or not (folder / _STUDY).is_file():
            raise UsageError(
                tr(
                    "the folder {folder} is there already, and was made of other inputs; remove it "
                    "or name another --out",
                    folder=folder.name,
                )
            )
        return tr("is there already.")
    # Noted first: a folder appears whole, so that one with this note is complete.
    record["studies"][folder.name] = key
    _note(folder.parent, record)
    parts = write_study(origin, folder, choices, name=area.name, area=area)
    return tr(
        "{settlements:settlement|settlements} and {schools:school|schools}.",
        settlements=len(parts.settlements),
        schools=len(parts.schools),
    )


def _key(inputs: Sequence[str], area: Area, choices: Choices) -> str:
    """Name a study by all that it is made of."""
    shares = None if choices.age_shares is None else sorted(choices.age_shares.items())
    said = {**asdict(choices), "population": None, "age_shares": shares}
    parts = [__version__, *inputs, json.dumps(said), area.name, area.code]
    digest = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode())
    digest.update(shapely.to_wkb(area.shape))
    return digest.hexdigest()


def _is_of_disk(error: InputError) -> bool:
    return any(problem.code == "cannot-write" for problem in error.problems)


def _reason(error: LayoutError) -> str:
    """Why there is no study, in one line that any file may hold."""
    text = str(error)
    if isinstance(error, InputError):
        text = "; ".join(dict.fromkeys(str(problem.reason) for problem in error.problems))
    return printable(" ".join(text.split()))


def _heads(done: _Done, alike: Sequence[Area], *, count: int) -> list[str]:
    """Sentences at the head of a list: what was made, and what was not."""
    heads = [
        tr(
            "{made} of {count:area has|areas have} a study; children and attendance are modelled.",
            made=len(done.made),
            count=count,
        )
    ]
    if alike:
        names = ", ".join(f"{printable(area.name)} ({area.folder})" for area in alike)
        heads.append(tr("Folders of areas of one name carry their number: {names}.", names=names))
    heads += [tr("{name}: no study: {why}", name=name, why=why) for name, why in done.failed]
    return [
        *heads,
        tr(
            "Each study closes as many schools as its own file says. To share a number out over "
            "all, take the marks off [share] and close, and write your number."
        ),
    ]


def _list_text(
    out: Path, made: Sequence[Area], heads: Sequence[str], choices: Choices, title: str
) -> str:
    """Write the list of a batch; what may be filled in stands as a comment without a space."""
    closes = []
    for area in made:
        with (out / area.folder / _STUDY).open("rb") as stream:
            closes.append(int(tomllib.load(stream)["programmes"]["closures"]["count"]))
    lines = [
        *(f"# {head}" for head in heads),
        f"name = {json.dumps(title, ensure_ascii=False)}",
        f"language = {json.dumps(choices.language)}",
        "",
        "#[share]",
        f"#close = {sum(closes)}",
    ]
    for area, close in zip(made, closes, strict=True):
        path = json.dumps(f"{area.folder}/{_STUDY}", ensure_ascii=False)
        lines += ["", "[[studies]]", f"path = {path}", "#least = 0", f"#most = {close}"]
    return "\n".join(lines) + "\n"


def _write_list(out: Path, text: str, record: dict[str, Any]) -> Path:
    """Write the list; one that somebody has changed stays, and the new one stands beside it."""
    path, data = out / LIST, text.encode()
    with refusals_told(out):
        earlier = path.read_bytes() if path.exists() else data
    if earlier != data and hashlib.sha256(earlier).hexdigest() != record["list"]:
        path = out / _OTHER_LIST
        _log.warning(tr("{file} was changed and stays; the new list: {path}", file=LIST, path=path))
    else:
        record["list"] = hashlib.sha256(data).hexdigest()
    with refusals_told(out), whole_file(path) as partial:
        partial.write_bytes(data)
    _note(out, record)
    return path
