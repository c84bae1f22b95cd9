"""Many studies through `layout batch`: seconds, memory, workers, killed processes, one change.

Run as ``python -m benchmarks.province --folder DIR [--small] [--parts …]``; not part of ``make
bench``, since the large one takes hours (most of one with ``--drop kindergarten,compulsory``). The
studies are modelled: Baise's boundaries and names, everything else from other seeds. They are built
once, in ``DIR``, outside the repository. Each part is measured once and kept in
``DIR/measured.json``, so a run that was ended goes on with the next part; ``--again`` measures the
parts named once more. All tables are made of what is kept.

=========== ====================================================================================
undisturbed two workers, nothing at hand: the result that all others must equal, byte for byte
alone       one worker, nothing at hand
killed      as undisturbed, with processes of studies killed, and the whole killed and gone on with
changed     the undisturbed result once more, first as it is, then with one study changed
=========== ====================================================================================
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks import province_tables
from benchmarks.province_runs import Killer, run
from tests import ROOT
from tests.worlds.batch import contents, write_studies
from tools.baise.build import build

WORKERS = 2
PARTS = ("undisturbed", "alone", "killed", "changed")


def build_one(folder: Path, number: int, dropped: tuple[str, ...]) -> None:
    """Build a study of Baise's size from a seed of its own; it appears whole."""
    name = f"模型市{number:02d}"
    target, fresh = folder / name, folder / f".{name}"
    if target.exists():
        return
    shutil.rmtree(fresh, ignore_errors=True)
    build(ROOT / "data", fresh, seed=number)
    shutil.copytree(ROOT / "data" / "boundaries", fresh / "boundaries")
    text = (ROOT / "data" / "baise.toml").read_text(encoding="utf-8")
    text = re.sub(
        r'^name = ".*"$', f'name = "{name}学校布局研究（模型数据）"', text, count=1, flags=re.M
    )
    for programme in dropped:
        text = re.sub(rf"^\[programmes\.{programme}\].*?(?=^\[)", "", text, flags=re.M | re.S)
    (fresh / "study.toml").write_text(text, encoding="utf-8", newline="\n")
    fresh.rename(target)


def studies(
    folder: Path, *, count: int, close: int, small: bool, dropped: tuple[str, ...] = ()
) -> Path:
    """Build what is missing, and write the list."""
    head = f'name = "模型省（模型数据）"\n[share]\nclose = {close}\n'
    if small:
        return write_studies(folder, count, head=head)
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(build_one, [folder] * count, range(1, count + 1), [dropped] * count):
            pass
    listing = folder / "list.toml"
    listing.write_text(
        head
        + "".join(f'[[studies]]\npath = "模型市{n:02d}/study.toml"\n' for n in range(1, count + 1)),
        encoding="utf-8",
    )
    return listing


def differing(one: Path, other: Path) -> list[str]:
    """Names of files that two results do not share byte for byte, seconds left out."""
    left, right = contents(one), contents(other)
    return sorted(n for n in left.keys() | right.keys() if left.get(n) != right.get(n))


def results(out: Path) -> dict[str, tuple[int, int]]:
    """What stands of each study and question: a file written anew is another one."""
    told = [*out.glob("studies/*/task.json"), *out.glob("costs/*.json")]
    return {p.relative_to(out).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns) for p in told}


class Bench:
    """The parts, each measured in a folder of its own below one."""

    def __init__(self, folder: Path, listing: Path, *, seed: int, kills: int) -> None:
        self.folder, self.listing, self.seed, self.kills = folder, listing, seed, kills
        self.kept = folder / "measured.json"

    def measured(self) -> dict[str, Any]:
        """What is kept of earlier calls."""
        return json.loads(self.kept.read_text("utf-8")) if self.kept.exists() else {}

    def keep(self, part: str, told: dict[str, Any]) -> None:
        """Keep what a part measured, with machine and date."""
        told |= {"machine": machine(), "date": f"{datetime.now(UTC):%-d %B %Y}"}
        text = json.dumps({**self.measured(), part: told}, ensure_ascii=False, indent=1)
        self.kept.write_text(text, encoding="utf-8")

    def fresh(self, part: str) -> tuple[Path, Path]:
        """Empty places for the result and the ways of a part."""
        out, ways = self.folder / part, self.folder / f"{part}-ways"
        for path in (out, ways):
            shutil.rmtree(path, ignore_errors=True)
        return out, ways

    def undisturbed(self, part: str = "undisturbed", workers: int = WORKERS) -> None:
        """All studies, nothing at hand."""
        out, ways = self.fresh(part)
        told = asdict(run(self.listing, out, ways, workers=workers, disturb=None))
        record = json.loads((out / "batch.json").read_text("utf-8"))
        size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
        told |= {"workers": workers, "shared": record["shared"], "bytes": size}
        if part != "undisturbed":
            told["differing"] = differing(self.folder / "undisturbed", out)
        self.keep(part, told)

    def alone(self) -> None:
        """All studies one after the other."""
        self.undisturbed("alone", 1)

    def killed(self) -> None:
        """All studies, with processes killed."""
        calm = self.measured()["undisturbed"]
        out, ways = self.fresh("killed")
        usual_s = statistics.median(calm["task_seconds"])
        tasks = calm["questions"] + calm["plans"]
        killer = Killer(tasks, usual_s, kills=self.kills, seed=self.seed)
        runs = []
        while not runs or runs[-1].exit_code < 0:
            runs.append(run(self.listing, out, ways, workers=WORKERS, disturb=killer))
        told = {
            "seconds": sum(one.seconds for one in runs),
            "exit_codes": [one.exit_code for one in runs],
            "lost_s": killer.lost_s,
            "whole_lost_s": killer.whole_lost_s,
            "orphans_s": killer.orphans_s,
            "begun": sum(one.questions + one.plans for one in runs),
            "differing": differing(self.folder / "undisturbed", out),
        }
        self.keep("killed", told)

    def changed(self) -> None:
        """The undisturbed result again, as it is and with one study changed."""
        source, (out, ways) = self.folder / "undisturbed", self.fresh("changed")
        shutil.copytree(source, out)
        shutil.copytree(self.folder / "undisturbed-ways", ways)
        calls, told = self.folder / "changed-studies", {}
        shutil.rmtree(calls, ignore_errors=True)
        shutil.copytree(self.listing.parent, calls)
        before = results(out)
        for step in ("same", "one"):
            if step == "one":
                table = sorted(calls.glob("*/settlements/settlements.csv"))[0]
                _rename_first(table)
            told[step] = asdict(
                run(calls / self.listing.name, out, ways, workers=WORKERS, disturb=None)
            )
            after = results(out)
            told[step]["written"] = sorted(n for n in after if after[n] != before.get(n))
            before = after
        told["name"] = table.parts[-3]
        self.keep("changed", told)


def _rename_first(table: Path) -> None:
    """Give the first settlement of a table another name, which costs nothing and moves nobody."""
    head, first, *rest = table.read_text(encoding="utf-8").split("\n")
    cells = first.split(",")
    cells[head.split(",").index("name")] += "（改）"
    table.write_text("\n".join([head, ",".join(cells), *rest]), encoding="utf-8", newline="\n")


def machine() -> str:
    """What it was measured on."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} {platform.machine()} cores, {gib:.0f} GiB, "
        f"Python {platform.python_version()}, HiGHS {version('highspy')}, "
        f"Dask {version('distributed')}"
    )


def estimate(bench: Bench, count: int) -> None:
    """Say how long the undisturbed run may take, by one study asked and planned."""
    out, ways = bench.fresh("trial")
    first = sorted(bench.listing.parent.glob("*/*.toml"))[0]
    text = f'[share]\nclose = 60\n[[studies]]\npath = "{first.parent.name}/{first.name}"\n'
    listing = bench.listing.with_name("trial.toml")
    listing.write_text(text, encoding="utf-8")
    told = run(listing, out, ways, workers=1, disturb=None)
    *questions, plan = told.task_seconds
    print(f"One study: plan {plan:,.0f} s, questions {[round(one) for one in questions]} s,")
    print(f"{told.cpu_seconds:,.0f} CPU s in all, peak {max(told.task_mib):,.0f} MiB.")
    minutes = count * sum(told.task_seconds) / WORKERS / 60
    print(
        f"{count} such on {WORKERS} workers: {minutes:,.0f} min; more where more rounds are asked."
    )


def main() -> None:
    """Measure the parts that are asked for, and print the tables of all that are kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="outside the repository")
    parser.add_argument("--small", action="store_true", help="the tests' small studies")
    parser.add_argument("--studies", type=int, help="14; 4 with --small")
    parser.add_argument("--close", type=int, help="60 for each study; 5 with --small")
    parser.add_argument("--drop", default="", help="programmes to leave out, by comma")
    parser.add_argument("--kills", type=int, default=5, help="processes of studies to kill")
    parser.add_argument("--seed", type=int, default=14, help="of what is killed")
    parser.add_argument("--parts", default=",".join(PARTS), help="by comma; trial for an estimate")
    parser.add_argument("--again", action="store_true", help="also what is measured already")
    given = parser.parse_args()
    count = given.studies or (4 if given.small else 14)
    close = given.close or count * (5 if given.small else 60)
    folder = given.folder.resolve()
    if folder.is_relative_to(ROOT):
        parser.error("--folder must be outside the repository")
    dropped = tuple(filter(None, given.drop.split(",")))
    listing = studies(
        folder / "studies", count=count, close=close, small=given.small, dropped=dropped
    )
    bench = Bench(folder, listing, seed=given.seed, kills=given.kills)
    for part in given.parts.split(","):
        if part == "trial":
            estimate(bench, count)
        elif given.again or part not in bench.measured():
            getattr(bench, part)()
    kept = bench.measured()
    if "undisturbed" not in kept:
        return
    size = "small studies of the tests" if given.small else "studies of Baise's size, other seeds"
    dates = sorted({f"{part['date']}: {part['machine']}" for part in kept.values()})
    print(f"{count} {size} (modelled data), {close} closures shared out.", *dates, sep="\n")
    if dropped:
        print(f"Programmes left out: {', '.join(dropped)}.")
    province_tables.of_runs(kept, count)
    province_tables.of_sharing(kept["undisturbed"])
    if "killed" in kept:
        province_tables.of_killed(kept["killed"], kept["undisturbed"])
    if "changed" in kept:
        province_tables.of_changed(kept["changed"])
    if not given.small:
        province_tables.of_nation(kept, count)


if __name__ == "__main__":
    main()
