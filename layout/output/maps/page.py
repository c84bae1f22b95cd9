"""A finished map: shows itself in a notebook without any network, and can be saved."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from layout.core.errors import UsageError
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.text import tr

__all__ = ["MapPage", "page_path"]

FRAME_PX = 640
"""Height of the frame in a notebook."""


@dataclass(frozen=True, repr=False)
class MapPage:
    """One offline HTML page.

    Attributes
    ----------
    html
        The page; the same plan gives the same text.
    title
        Title of the plan.
    """

    html: str
    title: str

    def __repr__(self) -> str:
        return f"MapPage({self.title!r}, {len(self.html.encode()) / 1e6:.1f} MB)"

    def _repr_html_(self) -> str:
        """Show the page in a frame of its own, which asks neither for trust nor for a network."""
        # Escaped into `srcdoc`, the page runs without a file of its own.
        # Between single quotes the page's many double ones need no escape, a fifth of its size.
        page = self.html.replace("&", "&amp;").replace("'", "&#39;")
        return (
            f"<iframe srcdoc='{page}' title=\"{html.escape(self.title)}\" "
            f'style="width: 100%; height: {FRAME_PX}px; border: 0" loading="lazy"></iframe>'
        )

    def save(self, path: str | Path) -> Path:
        """Write the page; an earlier file stays until the new one is complete.

        Parameters
        ----------
        path
            The file, ending in ``.html``.

        Returns
        -------
        pathlib.Path
            The file that was written.

        Raises
        ------
        layout.core.errors.UsageError
            For any other ending.
        layout.core.errors.InputError
            If the file cannot be written.
        """
        target = page_path(path)
        with refusals_told(target), whole_file(target) as partial:
            partial.write_text(self.html, encoding="utf-8", newline="\n")
        return target


def page_path(path: str | Path) -> Path:
    """Return the path of a page if it ends as one and can be written.

    Raises
    ------
    layout.core.errors.UsageError
        For any other ending than ``.html`` or ``.htm``.
    layout.core.errors.InputError
        If it cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(
            tr(
                "The file name must end in {endings}, not “{name}”.",
                endings=".html",
                name=target.name,
            )
        )
    return file_place(target)
