"""OpenStreetMap's servers in small: a geocoder and Overpass on 127.0.0.1, on the modelled extract.

Answers have the form of Nominatim's and Overpass's JSON. Overpass gives whole objects, so ways here
end where the extract was cut. Only what osmnx asks is understood of a query.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import osmium

from tests.worlds.data_osm import lonlat

Element = dict[str, Any]

COUNTRY, POINT, CONTINENT, SEA = "Qingheland", "Lonely tree", "Pangaea", "Open sea"
NO_ROADS = "Roadless"


@dataclass
class Servers:
    """Where they are, what they were asked, and what they answer instead of the truth.

    `refusals` are status and body of the next answers, `always` those of all answers of a path.
    """

    url: str
    elements: list[Element]
    searched: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    always: dict[str, tuple[int, str]] = field(default_factory=dict)


@contextmanager
def osm_servers(extract: Path) -> Iterator[Servers]:
    """Answer from an extract until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlparse(self.path)
            if url.path == "/api/status":
                text = (
                    "Connected as: 1\nCurrent time: now\nRate limit: 2\n\n2 slots available now.\n"
                )
                self.answer("/status", 200, text)
            else:
                wanted = parse_qs(url.query)["q"][0]
                servers.searched.append(wanted)
                self.answer("/search", 200, json.dumps(geocoded(wanted)))

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            query = parse_qs(self.rfile.read(size).decode())["data"][0]
            servers.queries.append(query)
            asked = servers.searched[-1]
            nothing = asked == SEA or (asked == NO_ROADS and "highway" in query)
            elements = [] if nothing else answered(servers.elements, query)
            self.answer("/interpreter", 200, json.dumps({"version": 0.6, "elements": elements}))

        def answer(self, path: str, status: int, text: str) -> None:
            if path != "/status":
                status, text = servers.always.get(path, (status, text))
                if servers.refusals:
                    status, text = servers.refusals.pop(0)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    servers = Servers(f"http://127.0.0.1:{server.server_port}", elements_of(extract))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield servers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def geocoded(wanted: str) -> list[Element]:
    """Nominatim's answer: the place with its outline, or nothing."""
    # The outline reaches 50 m over the country, which lies in 0 to 4 km east, 0 to 10 km north.
    corner, opposite = lonlat(-0.05, -0.05), lonlat(4.05, 10.05)
    if wanted == CONTINENT:
        corner, opposite = (100.0, 20.0), (110.0, 30.0)
    elif wanted not in (COUNTRY, POINT, SEA, NO_ROADS):
        return []
    (west, south), (east, north) = corner, opposite
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    outline: Element = {"type": "Polygon", "coordinates": [ring]}
    if wanted == POINT:
        outline = {"type": "Point", "coordinates": [west, south]}
    return [
        {
            "osm_type": "relation",
            "osm_id": 301,
            "lat": str(south),
            "lon": str(west),
            "importance": 0.5,
            "display_name": wanted,
            "boundingbox": [str(south), str(north), str(west), str(east)],
            "geojson": outline,
        }
    ]


def elements_of(extract: Path) -> list[Element]:
    """All objects of an extract as Overpass writes them; relations that are cut are left out."""
    kinds = {"n": "node", "w": "way", "r": "relation"}
    elements: list[Element] = []
    known: set[tuple[str, int]] = set()
    obj: Any
    for obj in osmium.FileProcessor(str(extract)):
        kind = kinds[obj.type_str()]
        element: Element = {"type": kind, "id": obj.id}
        if obj.tags:
            element["tags"] = {tag.k: tag.v for tag in obj.tags}
        if kind == "node":
            element |= {"lon": obj.lon, "lat": obj.lat}
        elif kind == "way":
            element["nodes"] = [node.ref for node in obj.nodes if ("node", node.ref) in known]
        else:
            element["members"] = [
                {"type": kinds[member.type], "ref": member.ref, "role": member.role}
                for member in obj.members
            ]
            if any((member["type"], member["ref"]) not in known for member in element["members"]):
                continue
        elements.append(element)
        known.add((kind, obj.id))
    return elements


def answered(elements: list[Element], query: str) -> list[Element]:
    """Objects that a query of osmnx asks for, with their ways and nodes."""
    body = re.sub(r"\(poly:'[^']*'\)", "", query)
    if '"highway"' in body:
        found = [e for e in elements if e["type"] == "way" and is_public(e.get("tags", {}))]
    elif body.count('way["') == 1:
        pairs = re.findall(r'\["([^"]+)"="([^"]+)"\]', body)
        found = [
            e
            for e in elements
            if e["type"] == "way" and all(e.get("tags", {}).get(k) == v for k, v in pairs)
        ]
    else:
        wanted = set(re.findall(r"\['([^']+)'='([^']+)'\]", body))
        found = [e for e in elements if wanted & set(e.get("tags", {}).items())]
    ids = {(e["type"], e["id"]) for e in found}
    ids |= {(m["type"], m["ref"]) for e in found for m in e.get("members", ())}
    ids |= {
        ("node", ref) for e in elements if (e["type"], e["id"]) in ids for ref in e.get("nodes", ())
    }
    # Each answer is read by one who takes it apart.
    return [json.loads(json.dumps(e)) for e in elements if (e["type"], e["id"]) in ids]


def is_public(tags: dict[str, str]) -> bool:
    """Whether osmnx's filter of public ways lets a way through, as far as the extract has tags."""
    return tags.get("highway", "construction") != "construction" and tags.get("access") != "private"
