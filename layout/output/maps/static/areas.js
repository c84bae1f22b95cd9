// Catchments: the land of each school by band, drawn on one canvas of its own, and who goes where.
const AREA_COLOURS = ["#8dd3c7", "#ffed9f", "#bebada", "#fdb462", "#b3de69", "#fccde5", "#80b1d3",
  "#d9a38f"];
const NO_PLACE_COLOUR = "#c4c4c4";
// Unpacked bands by name; the band on the map, and whether only changes are shown.
const bands = new Map();
const area = { band: "", changes: false };

async function unpackBand(name) {
  if (!bands.has(name)) bands.set(name, readyBand(await unpacked(doc.catchments[name])));
  return bands.get(name);
}

function readyBand(raw) {
  const arcs = readyArcs(raw.topology), shapes = readyShapes(raw.topology);
  const faces = shapes.map((shape, at) => {
    const rings = shape.arcs.map((ring) => ringOf(ring, arcs));
    // A page without the land of today has no school of today for it.
    return { rings, box: boxOf(rings), before: raw.before ? raw.before[at] : null,
      after: raw.after[at] };
  });
  const near = topojson.neighbors(shapes);
  return {
    faces,
    colours: { before: coloursOf(faces, near, "before"), after: coloursOf(faces, near, "after") },
    hasToday: Boolean(raw.before),
    homes: raw.homes,
  };
}

// Points of the arcs on the world's square: the first of each, then steps.
function readyArcs(raw) {
  let at = 0;
  return raw.points.map((count, arc) => {
    const points = new Float64Array(count * 2);
    let x = raw.first_x[arc], y = raw.first_y[arc];
    for (let point = 0; point < count; point += 1) {
      if (point) {
        x += raw.step_x[at];
        y += raw.step_y[at];
        at += 1;
      }
      points.set(onSquare(x * raw.scale[0] + raw.translate[0],
        y * raw.scale[1] + raw.translate[1]), point * 2);
    }
    return points;
  });
}

// Faces as lists of rings, each a list of arcs.
function readyShapes(raw) {
  let ring = 0, arc = 0;
  return raw.rings.map((count) => ({ type: "Polygon",
    arcs: raw.arcs.slice(ring, ring += count).map((length) => raw.arc.slice(arc, arc += length)) }));
}

function ringOf(ring, arcs) {
  const parts = [];
  for (const at of ring) {
    const arc = arcs[at < 0 ? ~at : at], count = arc.length / 2;
    for (let step = parts.length ? 1 : 0; step < count; step += 1) {
      const point = at < 0 ? count - 1 - step : step;
      parts.push(arc[point * 2], arc[point * 2 + 1]);
    }
  }
  return Float64Array.from(parts);
}

function boxOf(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let at = 0; at < ring.length; at += 2) {
      box[0] = Math.min(box[0], ring[at]);
      box[1] = Math.min(box[1], ring[at + 1]);
      box[2] = Math.max(box[2], ring[at]);
      box[3] = Math.max(box[3], ring[at + 1]);
    }
  }
  return box;
}

// A colour for each school, so that areas side by side differ: the first that no neighbour has.
function coloursOf(faces, near, state) {
  const beside = new Map();
  faces.forEach((face, at) => {
    if (!beside.has(face[state])) beside.set(face[state], new Set());
    for (const other of near[at]) {
      if (faces[other][state] !== face[state]) beside.get(face[state]).add(faces[other][state]);
    }
  });
  const order = Array.from(beside.keys())
    .sort((a, b) => beside.get(b).size - beside.get(a).size || a - b);
  const colours = new Map([[-1, -1]]);
  for (const school of order) {
    if (school < 0) continue;
    const taken = new Set(Array.from(beside.get(school), (other) => colours.get(other)));
    let colour = 0;
    while (taken.has(colour)) colour += 1;
    colours.set(school, colour);
  }
  return colours;
}

const areaLayer = new PaintLayer({ pane: "areas", paint: (context, size) => {
  const band = bands.get(area.band);
  if (band) paintAreas(context, band, size);
} });

function paintAreas(context, band, size) {
  const scale = 256 * Math.pow(2, map.getZoom());
  const corner = map.getPixelBounds().min;
  const now = state.plan ? "after" : "before";
  const chosen = state.selected ? placeOfItem(state.selected) : null;
  context.lineJoin = "round";
  const path = (face) => {
    context.beginPath();
    for (const ring of face.rings) {
      for (let at = 0; at < ring.length; at += 2) {
        const x = ring[at] * scale - corner.x, y = ring[at + 1] * scale - corner.y;
        if (at) context.lineTo(x, y);
        else context.moveTo(x, y);
      }
      context.closePath();
    }
  };
  const visible = band.faces.filter((face) => face[now] !== null && face.box[2] * scale >= corner.x
    && face.box[3] * scale >= corner.y && face.box[0] * scale <= corner.x + size.x
    && face.box[1] * scale <= corner.y + size.y);
  // What lies on the land is read more easily on pale land.
  const faint = map.hasLayer(homeLayer) || map.hasLayer(reachLayer);
  for (const face of visible) {
    const changes = band.hasToday && face.before !== face.after;
    path(face);
    const colour = band.colours[now].get(face[now]);
    context.globalAlpha = area.changes && !changes ? 0.18 : faint ? 0.35 : 0.72;
    context.fillStyle = colour < 0 ? NO_PLACE_COLOUR
      : AREA_COLOURS[colour % AREA_COLOURS.length];
    context.fill("evenodd");
    context.globalAlpha = 1;
    // Over the whole area thin edges, that the signs stay the first thing seen.
    context.lineWidth = map.getZoom() < 9 ? 0.4 : 0.8;
    context.strokeStyle = "rgba(60, 60, 60, 0.55)";
    context.stroke();
    if (area.changes && changes) {
      context.lineWidth = 2;
      context.strokeStyle = MOVE_COLOUR;
      context.stroke();
    }
  }
  if (chosen === null || chosen < 0) return;
  // The chosen school's land: of the other state dashed, of this one bold.
  const other = state.plan ? "before" : "after";
  for (const [which, width, dash] of [[other, 2.4, [5, 4]], [now, 3.4, []]]) {
    const mine = visible.filter((face) => face[which] === chosen);
    context.setLineDash(dash);
    for (const face of mine) {
      path(face);
      context.lineWidth = width;
      context.strokeStyle = "#10243e";
      context.stroke();
    }
  }
  context.setLineDash([]);
}

// The school or site whose land a point lies in, in the state that is shown.
function itemAt(place) {
  const band = bands.get(area.band), now = state.plan ? "after" : "before";
  if (!band) return null;
  const [x, y] = onSquare(place.lng, place.lat);
  const face = band.faces.find((one) => x >= one.box[0] && y >= one.box[1] && x <= one.box[2]
    && y <= one.box[3] && one.rings.filter((ring) => crosses(ring, x, y)).length % 2);
  return face && face[now] !== null ? itemOfArea(face[now]) : null;
}

function crosses(ring, x, y) {
  let inside = false;
  for (let at = 0, before = ring.length - 2; at < ring.length; before = at, at += 2) {
    const above = ring[at + 1] > y, last = ring[before + 1] > y;
    if (above === last) continue;
    const share = (y - ring[at + 1]) / (ring[before + 1] - ring[at + 1]);
    if (x < ring[at] + share * (ring[before] - ring[at])) inside = !inside;
  }
  return inside;
}

async function showBand(name) {
  area.band = name;
  if (name) await unpackBand(name);
  if (area.band !== name) return;
  byId("changes-box").hidden = !name || !bands.get(name).hasToday;
  const short = name && bands.get(name).faces.some((face) => face.before === -1 || face.after === -1);
  byId("no-place-key").hidden = !short;
  byId("no-place-key").querySelector(".chip").style.backgroundColor = NO_PLACE_COLOUR;
  shadeCounties();
  if (!name) areaLayer.remove();
  else if (map.hasLayer(areaLayer)) areaLayer.draw();
  else areaLayer.addTo(map);
  listing.band = "";
  fillLayerList();
  redrawHomes();
  if (state.selected) select(state.selected);
}

// The grades on the map follow what is chosen, where it has none of those shown.
const BAND_OF_STAGE = { preschool: "preschool", primary: "1-3", junior: "7-9", senior: "10-12" };

function matchBand(item) {
  const band = bands.get(area.band), place = placeOfItem(item);
  if (!band || place === null || place < 0) return;
  const rows = groups.get(area.band);
  if (rows && (rows.before.of.has(place) || rows.after.of.has(place))) return;
  const stages = item.kind === "site" ? [sites.stage[item.index]]
    : Object.keys(schools.stages).filter((stage) => schools.stages[stage][item.index]);
  const name = stages.map((stage) => BAND_OF_STAGE[stage]).find((one) => one in doc.catchments);
  if (!name || name === area.band) return;
  byId("band").value = name;
  showBand(name);
}

function redrawAreas() {
  if (area.band && map.hasLayer(areaLayer)) areaLayer.draw();
}

function startAreas() {
  const names = Object.keys(doc.catchments);
  byId("areas-box").hidden = !names.length;
  if (!names.length) return;
  const box = byId("band");
  box.replaceChildren(el("option", { value: "", "data-t": "areas_none" }),
    ...names.map((name) => el("option", { value: name, "data-word": "bands/" + name })));
  box.addEventListener("change", () => {
    if (box.value && state.indicator) chooseIndicator("");
    showBand(box.value);
  });
  byId("changes").addEventListener("change", (event) => {
    area.changes = event.target.checked;
    redrawAreas();
  });
  // After the first frame: the map is there before its largest part is unpacked.
  const first = names.includes("1-3") ? "1-3" : names[0];
  requestAnimationFrame(() => setTimeout(() => {
    if (area.band || state.indicator) return;
    box.value = first;
    showBand(first);
  }));
}
