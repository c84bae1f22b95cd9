"""Reads an extract to its end in a process of its own, and keeps nothing: whether it can be read.

A block of a ``.osm.pbf`` can hold one text that a million objects share; only reading tells how
much memory that takes, and the library ends its whole process where there is not enough.
"""

from __future__ import annotations

import sys

import osmium


def main() -> None:
    """Read all objects of the extract that the argument names, with the places of their nodes."""
    try:
        objects = osmium.FileProcessor(osmium.io.File(sys.argv[1], "pbf")).with_locations()
        # No object passes, so that none is handed to this language.
        for _ in objects.with_filter(osmium.filter.IdFilter([])):
            pass
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        # Told where it is read for good; memory that was not enough is raised on.
        sys.stdout.write(str(error))


if __name__ == "__main__":
    main()
