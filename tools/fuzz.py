"""Change small real files at random and read them: nothing but our own errors may come out.

Run ``python -m tools.fuzz --seconds 3600``. Input number N is always the same bytes, so
``--start N --seconds 1`` repeats a find; with ``--keep FOLDER`` the files of finds are kept. The
readers run in a process of their own: one that dies is a crash, one that is silent for a minute is
a hang, and a new one goes on behind the input that did it.
"""

from __future__ import annotations

import argparse
import gzip
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from tools.fuzz_files import READ, write_whole

SILENT_SECONDS = 60.0
WORKBOOK_SECONDS = 5.0
MEMORY = 6 << 30

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
    *("4²", "①", "\u200b", "\ufe0f", 'id="-1"', 'hidden="1"', '<mergeCell ref="A1:XFD1048576"/>'),
    *('"crs": {"type": "link", "properties": {"href": "http://127.0.0.1:9/a"}},', "EPSG:999999"),
    *('table:number-rows-repeated="1000000"', '<text:s text:c="2000000000"/>'),
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


def mutated_gzip(data: bytes, rng: Random) -> bytes:
    """Change what is packed, and pack it again."""
    return gzip.compress(mutated(gzip.decompress(data), rng, text=True), mtime=0)


def write_input(number: int, whole: dict[str, list[Path]], folder: Path) -> tuple[str, Path]:
    """Write input ``number`` into an empty folder; its kind, and the file to read."""
    rng = Random(number)
    kind = rng.choice(sorted(READ))
    changed = rng.choice(whole[kind])
    data = changed.read_bytes()
    suffix = changed.suffix
    if suffix in _PACKED and rng.random() < 0.7:
        data = mutated_within(data, rng)
    elif suffix == ".gz" and rng.random() < 0.9:
        data = mutated_gzip(data, rng)
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
    from layout.core.errors import InputError
    from layout.inputs.safety import guarded

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    guarded.SECONDS = WORKBOOK_SECONDS
    warnings.simplefilter("ignore")
    whole = write_whole(originals)
    number, worker = start, ThreadPoolExecutor(1)
    while True:
        with tempfile.TemporaryDirectory(dir=originals) as held:
            kind, path = write_input(number, whole, Path(held))
            print(json.dumps({"number": number, "kind": kind}), flush=True)
            # A future hands over whatever was raised.
            error = worker.submit(READ[kind], path).exception()
            print(json.dumps({"number": number, "kind": kind, "memory": _memory()}), flush=True)
            if error is not None and not isinstance(error, InputError):
                place = traceback.extract_tb(error.__traceback__)[-1]
                told = f"{type(error).__name__} in {Path(place.filename).name}:{place.name}"
                print(json.dumps({"number": number, "kind": kind, "error": told}), flush=True)
                if keep is not None:
                    shutil.copytree(held, keep / f"{number}-{kind}", dirs_exist_ok=True)
        number += 1


def _memory() -> int:
    """Most megabytes that this process, or one that it started, has held so far."""
    if sys.platform == "win32":
        return 0
    import resource

    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in whose) // 1_000


def run(
    seconds: float, start: int, keep: Path | None, most: int | None = None
) -> dict[str, Counter[str]]:
    """Let children read for a time, or so many inputs; counts by kind, finds by what they are.

    With them, as ``memory``, the most megabytes that a process held.
    """
    tried: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    memory: Counter[str] = Counter()
    end = time.monotonic() + seconds
    number, beyond = start, sys.maxsize if most is None else start + most
    while time.monotonic() < end and number < beyond:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as originals:
            call = [sys.executable, "-m", "tools.fuzz", "--child", originals]
            call += ["--start", str(number), *(["--keep", str(keep)] if keep else [])]
            with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
                last = _listen(process, end, (tried, finds, memory), beyond)
                process.kill()
        if last is None:
            raise SystemExit("the readers did not start")
        number = last + 1
    return {"tried": tried, "finds": finds, "memory": memory}


def _listen(
    process: subprocess.Popen[str],
    end: float,
    counts: tuple[Counter[str], Counter[str], Counter[str]],
    beyond: int,
) -> int | None:
    """Count what a child says until it falls silent or dies, or the time or the inputs are over."""
    tried, finds, memory = counts
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
        if told["number"] >= beyond:
            return number
        number, kind = told["number"], told["kind"]
        if "memory" in told:
            memory[kind] = max(memory[kind], told["memory"])
            continue
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
    parser.add_argument("--inputs", type=int, help="end after so many")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.start, options.child, options.keep)
    found = run(options.seconds, options.start, options.keep, options.inputs)
    by_kind = ", ".join(f"{kind} {count}" for kind, count in sorted(found["tried"].items()))
    print(f"{found['tried'].total()} inputs ({by_kind})")
    print(f"at most {max(found['memory'].values(), default=0)} MB in one process")
    print(f"{found['finds'].total()} finds in {len(found['finds'])} kinds")
    for find, count in found["finds"].most_common():
        print(f"  {count} × {find}")
    return 1 if found["finds"] else 0


if __name__ == "__main__":
    sys.exit(main())
