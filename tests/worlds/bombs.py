"""Small files that would be large once they are read, built byte by byte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable


def varint(number: int) -> bytes:
    """A whole number as protocol buffers write it."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, value: int | bytes) -> bytes:
    """A field of a message: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def blob(kind: bytes, data: bytes, *, told: int | None = None) -> bytes:
    """A block of a `.osm.pbf`, packed; `told` is the size that it claims."""
    packed = zlib.compress(data, 9)
    body = field(2, len(data) if told is None else told) + field(3, packed)
    head = field(1, kind) + field(3, len(body))
    return len(head).to_bytes(4, "big") + head + body


def pbf_header() -> bytes:
    """The first block of a `.osm.pbf`."""
    return blob(b"OSMHeader", field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes"))


def pbf_block(strings: Iterable[bytes], group: bytes) -> bytes:
    """A block of objects: the table of their texts, and a group of them."""
    table = b"".join(field(1, text) for text in strings)
    return blob(b"OSMData", field(1, table) + field(2, group))


def dense_nodes(count: int) -> bytes:
    """So many nodes, each a step further than the one before: three bytes each."""
    steps = b"\x02" * count
    return field(2, field(1, steps) + field(8, steps) + field(9, steps))


def tagged_way(number: int, tags: int) -> bytes:
    """A way on two nodes with many tags, all of the same text."""
    keys = bytes([1]) * tags
    return field(3, field(1, number) + field(2, keys) + field(3, keys) + field(8, b"\x02\x02"))
