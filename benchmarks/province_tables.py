"""Tables of what `benchmarks.province` has measured, and what that says of the nation."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

NATION_COUNTIES, COUNTIES_A_STUDY = 2_800, 12
NATION_WORKERS = (2, 16, 64, 256)


def rows(title: str, lines: Sequence[Sequence[str]]) -> None:
    """Print one Markdown table."""
    head, *rest = lines
    print(f"\n{title}\n")
    print("| " + " | ".join(head) + " |\n|---|" + "---:|" * (len(head) - 1))
    for line in rest:
        print("| " + " | ".join(line) + " |")


def of_runs(kept: dict[str, Any], count: int) -> None:
    """The table of runs that nobody disturbed."""
    parts = {name: kept[name] for name in ("alone", "undisturbed") if name in kept}
    lines = [["", *(f"{part['workers']} worker(s)" for part in parts.values())]]
    shown: dict[str, Callable[[dict[str, Any]], str]] = {
        "seconds": lambda one: f"{one['seconds']:,.0f}",
        "of which sharing": lambda one: f"{one['sharing_seconds'] or 0:,.0f}",
        "CPU seconds": lambda one: f"{one['cpu_seconds']:,.0f}",
        "studies an hour": lambda one: f"{count / one['seconds'] * 3600:,.1f}",
        "processes: questions of costs": lambda one: str(one["questions"]),
        "processes: plans": lambda one: str(one["plans"]),
        "seconds of a process, median": lambda one: (
            f"{statistics.median(one['task_seconds']):,.1f}"
        ),
        "peak of a process, MiB, median": lambda one: f"{statistics.median(one['task_mib']):,.0f}",
        "peak of a process, MiB, largest": lambda one: f"{max(one['task_mib']):,.0f}",
        "peak of the batch itself, MiB": lambda one: f"{one['main_mib']:,.0f}",
        "result, MB": lambda one: f"{one['bytes'] / 1e6:,.0f}",
    }
    lines += [[name, *(show(part) for part in parts.values())] for name, show in shown.items()]
    rows("Nobody disturbs it, no way at hand:", lines)
    if "alone" in parts:
        differing = _few(kept["alone"]["differing"])
        print(f"\nFiles that differ between one worker and several: {differing}.")


def of_sharing(part: dict[str, Any]) -> None:
    """What was proved of the sharing."""
    shared = part["shared"]
    lines = [["sharing", ""]]
    lines += [
        ["closures", f"{sum(shared['numbers'].values()):,}"],
        ["status", shared["status"]],
        ["gap", f"{shared['gap']:.4%}"],
        ["cost, pupil-minutes a day", f"{shared['value']:,.0f}"],
        ["rounds", str(shared["rounds"])],
        ["numbers solved", str(sum(map(len, shared["asked"].values())))],
        ["seconds", f"{part['sharing_seconds'] or 0:,.0f}"],
    ]
    rows("Closures shared out:", lines)


def of_killed(part: dict[str, Any], calm: dict[str, Any]) -> None:
    """What it costs when processes are killed."""
    lost = part["lost_s"]
    lines = [["killed", ""]]
    lines += [
        ["processes of studies killed", str(len(lost))],
        ["whole killed and started again", str(sum(code < 0 for code in part["exit_codes"]))],
        ["seconds", f"{part['seconds']:,.0f}"],
        ["seconds undisturbed", f"{calm['seconds']:,.0f}"],
        ["processes begun", str(part["begun"])],
        ["processes begun undisturbed", str(calm["questions"] + calm["plans"])],
        ["work lost by a killed process, seconds, mean", f"{statistics.fmean(lost or [0]):,.1f}"],
        ["work lost by killing the whole, seconds", f"{part['whole_lost_s']:,.1f}"],
        ["until its processes had ended, seconds", f"{part['orphans_s']:,.1f}"],
        ["files that differ from the undisturbed", _few(part["differing"])],
    ]
    rows("Processes killed at random:", lines)


def of_changed(part: dict[str, Any]) -> None:
    """What a second run does."""
    lines = [["second run", "nothing changed", f"{part['name']} changed"]]
    both = [part["same"], part["one"]]
    lines += [
        ["seconds", *(f"{one['seconds']:,.0f}" for one in both)],
        ["processes: questions of costs", *(str(one["questions"]) for one in both)],
        ["processes: plans", *(str(one["plans"]) for one in both)],
        ["studies written", *(_studies_of(one["written"]) for one in both)],
    ]
    rows("A second run over the same folder:", lines)


def _studies_of(written: Sequence[str]) -> str:
    names = [name.split("/")[1] for name in written if name.startswith("studies/")]
    return f"{len(names)}" + (f" ({', '.join(names[:3])})" if names else "")


def _few(names: Sequence[str]) -> str:
    return "none" if not names else f"{len(names)}, as {', '.join(names[:3])}"


def of_nation(kept: dict[str, Any], count: int) -> None:
    """Hours for the nation, from what was measured, and what that takes for granted."""
    part = kept["undisturbed"]
    wanted = -(-NATION_COUNTIES // COUNTIES_A_STUDY)
    groups = -(-wanted // count)
    of_tasks, alone = sum(part["task_seconds"]) / count, part["idle_seconds"]
    busy = part["workers"] * (part["seconds"] - alone)
    used = min(1.0, sum(part["task_seconds"]) / busy)
    lines = [["workers", "hours", "memory of their studies, GiB", "memory of the batches, GiB"]]
    for workers in NATION_WORKERS:
        # A study's questions and its plan come one after the other, however many workers there are.
        seconds = alone + max(wanted * of_tasks / (workers * used), of_tasks)
        gib = min(workers, wanted) * max(part["task_mib"]) / 1024
        own = groups * part["main_mib"] / 1024
        lines.append([str(workers), f"{seconds / 3600:,.1f}", f"{gib:,.0f}", f"{own:,.0f}"])
    rows(f"{NATION_COUNTIES:,} counties as {wanted} studies, extrapolated, not measured:", lines)
    disk = wanted * part["bytes"] / count / 1e9
    print(
        f"""
Taken for granted:

- a study holds {COUNTIES_A_STUDY} counties and costs what one of the {count} here costs on average:
  {of_tasks:,.0f} s of processes of one thread, questions of costs and the plan, ways found anew;
- {groups} groups of at most {count}, as provinces, share out their own closures, with as many
  questions a study as here; their batches run beside each other, each called by a process of its
  own, which needs {alone:,.0f} s while none of its studies runs;
- cores are as fast as these, also where all are busy; {used:.0%} of the workers' time is used, as
  measured (a round of questions waits for its slowest), at each number of workers;
- the shared disk is as fast as this one; results take {disk:,.1f} GB.
"""
    )
