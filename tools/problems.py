"""Write docs/problems.md: every problem of the catalogue in `layout.core.problems`.

Run ``python -m tools.problems`` after changing a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from layout.core.problems import CATALOGUE, PARTS, Form
from layout.core.text import tr, using

PAGE = Path(__file__).resolve().parent.parent / "docs" / "problems.md"

HEAD = """# All problems

This page is made from the source (`python -m tools.problems`). Each problem is told with its file,
sheet, row, column and value where it has them; `layout check STUDY.toml` tells all of them together
and writes nothing. An **error** stops the reading (exit 1), a **warning** should be looked at, a
**note** says what was done with a file that is in order; warnings and notes stand in the data
report. Words in braces are filled in. The location models name the label and the argument in place
of row and column, and their reasons say what to mend.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    codes = {kind.partition(":")[0] for kind in CATALOGUE}
    lines = [HEAD, f"{len(codes)} codes.", ""]
    for part, forms in PARTS.items():
        lines += [f"## {part}", "", "| code | | what is wrong | remedy |", "|---|---|---|---|"]
        lines += [_row(code, forms) for code in sorted({kind.partition(":")[0] for kind in forms})]
        lines.append("")
    return "\n".join(lines)


def _row(code: str, forms: Mapping[str, Form]) -> str:
    """One line of a part: all forms in which it tells one code."""
    same = [form for kind, form in forms.items() if kind.partition(":")[0] == code]
    severities = sorted({severity for form in same for severity in form.severities})
    reasons, remedies = (form.reason for form in same), (form.remedy for form in same)
    return f"| `{code}` | {' or '.join(severities)} | {_both(reasons)} | {_both(remedies)} |"


def _both(sentences: Iterable[str]) -> str:
    """Sentences, each once, in English and, behind it, in Chinese."""
    with using("zh"):
        pairs = [f"{text} {tr(text)}" for text in dict.fromkeys(sentences) if text]
    # Of the two forms of a word behind a number the one for many.
    plain = re.sub(r"\{(\w+):[^|}]*\|([^}]*)\}", r"{\1} \2", "<br>".join(pairs))
    return plain.replace("|", "\\|") or "–"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
