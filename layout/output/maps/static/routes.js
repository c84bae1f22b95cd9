// Ways by road: those stored of who changes school, or any on a county's graph; drawn as lines.
const WAY = { interactive: false, color: "#0072b2", weight: 2.4, opacity: 0.9 };
const WAY_BEFORE = { interactive: false, color: "#444444", weight: 1.8, opacity: 0.9,
  dashArray: "3 4" };
const COMER = { interactive: false, color: "#0072b2", opacity: 0.75 };
// Stored ways by mode, place and settlement: points on the world's square from the settlement on.
const stored = new Map();

function travelled(mode) {
  return mode === "walk" ? "walk" : "bus";
}

function wayKey(home, place, mode) {
  return travelled(mode) + "/" + place + "/" + home;
}

function readyRoutes(raw) {
  let first = 0, row = 0;
  raw.place.forEach((place, tree) => {
    const points = [];
    for (let at = 0; at < raw.points[tree]; at += 1) {
      const before = at - 1 - raw.back[first + at], from = before < 0 ? null : points[before];
      points.push({ from, x: (from ? from.x : 0) + raw.x[first + at],
        y: (from ? from.y : 0) + raw.y[first + at] });
    }
    for (let way = 0; way < raw.ways[tree]; way += 1, row += 1) {
      const line = [];
      for (let at = points[raw.start[row]]; at; at = at.from) line.push(onSquare(at.x / 1e4, at.y / 1e4));
      stored.set(wayKey(raw.home[row], place, raw.mode[tree] ? "bus" : "walk"), line);
    }
    first += raw.points[tree];
  });
}

// A place on the map from one on the world's square.
function fromSquare([x, y]) {
  return map.options.crs.pointToLatLng(L.point(x * 256, y * 256), 0);
}

// The way by road of a settlement to a school or site by its number, as places on the map.
function roadTo(home, place, mode) {
  const begin = latLng(settlements, home), item = itemOfArea(place), end = item && placeOf(item);
  if (!begin || !end) return null;
  const line = stored.get(wayKey(home, place, mode));
  if (line) return [begin, ...line.map(fromSquare), end];
  if (!graph) return null;
  const way = wayTo(searchTo(place, travelled(mode)), home);
  if (!way) return null;
  const points = way.parts.flatMap(([edge, from, to]) => alongEdge(edge, from, to));
  return [begin, ...points.map(fromSquare), end];
}

// One way: by road where it is known, else straight.
function drawWay(home, place, mode, style) {
  const begin = latLng(settlements, home), item = itemOfArea(place), end = item && placeOf(item);
  if (!begin || !end) return;
  const road = roadTo(home, place, mode);
  const thin = { ...style, weight: style.weight * 0.6, opacity: 0.6 };
  selection.addLayer(L.polyline(road || [begin, end], road ? style : thin));
  selection.addLayer(new Sign(begin, { sign: "settlements", grow: 2, interactive: false }));
}

// All who come to a place: roads as wide as the pupils on them; straight lines without a graph.
function drawComers(item) {
  const place = placeOfItem(item);
  if (place === null || place < 0 || !placeOf(item)) return;
  const rows = flowRows(listedBands("of", place), shownState(), "of", place);
  const carried = new Map();
  for (const row of rows) {
    const way = graph && wayTo(searchTo(place, travelled(row.mode)), row.settlement);
    if (!way) {
      drawWay(row.settlement, place, row.mode, { ...COMER, weight: 2 });
      continue;
    }
    for (const part of way.parts) {
      const key = part[1] + part[2] === 1 && part[1] * part[2] === 0 ? String(part[0])
        : part.join();
      if (!carried.has(key)) carried.set(key, { part, pupils: 0 });
      carried.get(key).pupils += row.pupils;
    }
    const begin = latLng(settlements, row.settlement), door = way.parts[0];
    const foot = fromSquare(alongEdge(door[0], door[1], door[2])[0]);
    selection.addLayer(L.polyline([begin, foot], { ...COMER, weight: 1, dashArray: "2 3" }));
    selection.addLayer(new Sign(begin, { sign: "settlements", grow: 2, interactive: false }));
  }
  for (const { part, pupils } of carried.values()) {
    const weight = Math.min(9, 1.2 + Math.sqrt(pupils) / 2);
    selection.addLayer(L.polyline(alongEdge(...part).map(fromSquare), { ...COMER, weight }));
  }
}

function drawMoved(rows) {
  for (const row of rows) {
    const home = moves.settlement[row], [from, to] = [moves.from[row], moves.to[row]];
    if (home === null || from === null || to === null) continue;
    drawWay(home, from, moves.before_mode[row], WAY_BEFORE);
    drawWay(home, to, moves.mode[row], WAY);
  }
}

// From each settlement to the site that serves its children.
function drawServed(rows) {
  for (const row of rows) {
    const place = placeOfItem({ kind: "site", index: served.site[row] });
    if (served.settlement[row] !== null) drawWay(served.settlement[row], place, served.mode[row], WAY);
  }
}

// Where the children of a settlement go in the state shown.
function drawGoing(home) {
  for (const row of flowRows(bandsAt("at", home), shownState(), "at", home)) {
    if (row.school >= 0) drawWay(home, row.school, row.mode, WAY);
  }
}

async function startRoutes() {
  if (doc.routes) readyRoutes(await unpacked(doc.routes));
  if (!doc.graph) return;
  graph = readyGraph(await unpacked(doc.graph));
  roadLines = graph.lines;
  roadLayer.draw();
}
