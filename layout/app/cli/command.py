"""The command as a whole: its verbs, its language, and its exit codes.

Results go to stdout, the log and all errors to stderr. Exit codes: 0 done, 1 bad input, 2 wrong
usage, 3 infeasible, 4 no solution within the limits, 5 an answer failed its own check,
130 interrupted.
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from layout.app.cli import batch, hearing, new, results, screen, single, whole
from layout.app.cli.frame import CallError, FramedCommand, FramedGroup, told
from layout.app.cli.sources import speak
from layout.core import cache
from layout.core.errors import InfeasibleError, LayoutError, UsageError
from layout.core.problems import refuse
from layout.core.show import brief
from layout.core.text import asked_language, tr

__all__ = ["app", "main"]

INTERRUPTED = 130
PACKAGE = Path(__file__).resolve().parents[2]
WHOLE = "LAYOUT_TRACEBACK"
"""Variable of the environment with which an unforeseen error is shown with all its steps."""
LONGEST = 300

VERBS: dict[str, Callable[..., None]] = {
    "plan": whole.plan,
    "check": whole.check,
    "travel": single.travel,
    "assess": single.assess,
    "consolidate": single.consolidate,
    "border": single.border,
    "site": single.site,
    "frontier": hearing.frontier,
    "alternatives": hearing.alternatives,
    "sensitivity": hearing.sensitivity,
    "compare": results.compare,
    "map": results.draw,
    "export": results.export,
    "new": new.new,
    "batch": batch.batch,
}

app = typer.Typer(
    name="layout",
    cls=FramedGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for name, verb in VERBS.items():
    app.command(name, cls=FramedCommand)(verb)


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"layout {version('school-layout')}\n")
        raise typer.Exit


@app.callback(help="Plan where schools close, stay and open.")
def options(
    no_cache: Annotated[  # read by `main`, as it may stand anywhere
        bool,
        typer.Option(
            "--no-cache", help="Neither read nor write the cache of roads and travel times."
        ),
    ] = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Options of the command itself; both are dealt with elsewhere."""
    del no_cache, show_version


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with the exit code of the contract."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with screen.steady(), screen.logged():
        code = _ended(words)
    sys.exit(code)


def _ended(words: Sequence[str]) -> int:
    """Run one call, tell what went wrong, and return the exit code."""
    try:
        return _run(words)
    except CallError as error:
        return _fail(told(error), UsageError.exit_code)
    except InfeasibleError as error:
        return _fail(str(error) or tr("No plan keeps all the rules."), error.exit_code)
    except LayoutError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail(tr("Interrupted; earlier results are untouched."), INTERRUPTED)
    except MemoryError:
        return _fail(str(refuse("out-of-memory")), LayoutError.exit_code)
    except Exception as error:  # noqa: BLE001
        # A name too long may stand in any place of any call.
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            name, reason = brief(str(error.filename)), error.strerror
            return _fail(str(refuse("cannot-read", file=name, error=reason)), LayoutError.exit_code)
        # The one place of the package that turns what nobody foresaw into a sentence.
        return _fail(_unforeseen(error), LayoutError.exit_code)


def _run(words: Sequence[str]) -> int:
    """Run one call and return its exit code; an interrupt ends it from its first line on."""
    speak(asked_language(words))
    command = typer.main.get_command(app)
    _translate(command)
    # The language counts for the command itself too, wherever it stands.
    verb = next((at for at, word in enumerate(words) if word in VERBS), len(words))
    words = [*_without_language(words[:verb]), *words[verb:]]
    aside = "--no-cache" in words
    words = [*(["--no-cache"] if aside else []), *(word for word in words if word != "--no-cache")]
    with cache.off() if aside else nullcontext():
        # Typer turns an interrupt into this code, and says nothing.
        code = command(args=words, prog_name="layout", standalone_mode=False)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return int(code or 0)


def _without_language(words: Sequence[str]) -> list[str]:
    """The words of a call without its language, which is known already."""
    spoken = [at for at, word in enumerate(words) if word == "--lang"]
    dropped = {*spoken, *(at + 1 for at in spoken)}
    return [
        word
        for at, word in enumerate(words)
        if at not in dropped and not word.startswith("--lang=")
    ]


def _fail(message: str, code: int) -> int:
    screen.warn(message)
    return code


def _unforeseen(error: Exception) -> str:
    """What happened and where, in a sentence; all of it where the user asks for that."""
    steps = traceback.extract_tb(error.__traceback__)
    ours = [step for step in steps if Path(step.filename).is_relative_to(PACKAGE)]
    last = (ours or steps)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    if ours:
        place = f"{Path(last.filename).relative_to(PACKAGE.parent).as_posix()}:{last.lineno}"
    told = str(
        refuse("unforeseen", error=f"{type(error).__name__}: {error}"[:LONGEST], place=place)
    )
    if os.environ.get(WHOLE):
        told += "\n" + "".join(traceback.format_exception(error))
    return told


def _translate(command: Any) -> None:
    """Put the help of the command, its options and its verbs into the reader's language."""
    if command.help:
        command.help = tr(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = tr(parameter.help)
    for verb in getattr(command, "commands", {}).values():
        _translate(verb)
