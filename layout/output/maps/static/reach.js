// Rings of a place: from where on the roads it is reached within 15, 30 and 60 minutes.
const RINGS = [
  { most: 15, colour: "#4a1486", width: 5 }, { most: 30, colour: "#807dba", width: 3.6 },
  { most: 60, colour: "#b0a8d8", width: 2.4 },
];
const reach = { mode: "", place: null, lines: null };

map.createPane("reach").style.zIndex = 360;

const reachLayer = new PaintLayer({ pane: "reach", paint: paintReach });

// Pieces of road by the first ring that holds them.
function ringLines(search) {
  const lines = RINGS.map(() => []), { seconds, legs: { ends } } = search;
  const add = (((search.door.off * 0.06) / graph.walk_kmh) + (search.mode === "bus" ? graph.wait : 0)) * 60;
  graph.lines.forEach(({ points, rank }, edge) => {
    const from = seconds[graph.u[edge]], to = seconds[graph.v[edge]];
    const last = RINGS[RINGS.length - 1].most * 60 - add;
    if (Math.min(from, to) > last) return;
    const whole = Math.min(ends.ahead[edge], ends.back[edge]);
    if (!Number.isFinite(whole)) return;
    // Pieces of a minute at most, each of the ring of its middle.
    const pieces = Math.max(1, Math.min(40, Math.ceil(whole / 60)));
    for (let piece = 0; piece < pieces; piece += 1) {
      const share = (piece + 0.5) / pieces;
      const needed = (Math.min(from + partOf(share, ends.back[edge]),
        to + partOf(1 - share, ends.ahead[edge])) + add) / 60;
      const ring = RINGS.findIndex(({ most }) => needed <= most);
      if (ring < 0) continue;
      lines[ring].push({ rank, points: pieces === 1 ? points
        : Float64Array.from(alongEdge(edge, piece / pieces, (piece + 1) / pieces).flat()) });
    }
  });
  return lines;
}

function paintReach(context, size) {
  if (!reach.lines) return;
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  context.lineCap = "round";
  context.lineJoin = "round";
  const zoomed = Math.min(1.4, Math.max(0.7, (map.getZoom() - 5) / 5));
  for (const [lesser, casing] of [[true, true], [true, false], [false, true], [false, false]]) {
    for (let ring = RINGS.length - 1; ring >= 0; ring -= 1) {
      context.beginPath();
      for (const { rank, points } of reach.lines[ring]) {
        if (rank > 3 !== lesser) continue;
        for (let at = 0; at < points.length; at += 2) {
          const x = points[at] * scale - corner.x, y = points[at + 1] * scale - corner.y;
          if (at) context.lineTo(x, y);
          else context.moveTo(x, y);
        }
      }
      context.lineWidth = RINGS[ring].width * zoomed * (lesser ? 0.5 : 1) + (casing ? 1.4 : 0);
      context.strokeStyle = casing ? "#ffffff" : RINGS[ring].colour;
      context.stroke();
    }
  }
}

// The rings follow the selection, as long as they are switched on.
function showReach(item) {
  const place = item ? placeOfItem(item) : null;
  const search = graph && reach.mode && place !== null && place >= 0 ? searchTo(place, reach.mode) : null;
  reach.lines = search && search.door ? ringLines(search) : null;
  reach.place = reach.lines ? place : null;
  if (!reach.lines) reachLayer.remove();
  else if (map.hasLayer(reachLayer)) reachLayer.draw();
  else reachLayer.addTo(map);
}

// On a card: by what the rings are drawn, and how many settlements and children are in each.
function reachPart(item) {
  const place = placeOfItem(item);
  if (place === null || place < 0) return null;
  if (!doc.graph) {
    return doc.meta.pages ? el("section", {}, el("h3", {}, t("reach")),
      el("p", { class: "quiet" }, t("reach_elsewhere"))) : null;
  }
  const box = el("select", { class: "reach-mode", "aria-label": t("reach") },
    el("option", { value: "" }, t("reach_none")), el("option", { value: "walk" }, word("modes", "walk")),
    el("option", { value: "bus" }, word("modes", "bus")));
  box.value = reach.mode;
  box.addEventListener("change", () => {
    reach.mode = box.value;
    select(state.selected);
    byId("card-body").querySelector(".reach-mode").focus();
  });
  return el("section", {}, el("h3", {}, t("reach")), box, reach.mode && graph ? ringTable(place) : null);
}

function ringTable(place) {
  const search = searchTo(place, reach.mode);
  const sums = RINGS.map(() => ({ count: 0, children: 0 }));
  for (const home of settlements.id.keys()) {
    if (!settlements.children[home]) continue;
    const needed = minutesTo(search, home);
    if (needed === null) continue;
    RINGS.forEach(({ most }, ring) => {
      if (needed > most * TENTHS) return;
      sums[ring].count += 1;
      sums[ring].children += settlements.children[home];
    });
  }
  const head = [t("reach_within"), words.columns.settlement, t("children")]
    .map((text) => el("th", { scope: "col" }, text));
  return el("table", { class: "before-after rings" }, el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, RINGS.map(({ most }, ring) => el("tr", {},
      el("th", { scope: "row" }, ringSwatch(RINGS[ring]), t("minutes_unit", { value: most })),
      el("td", { class: "number" }, number(sums[ring].count)),
      el("td", { class: "number" }, number(sums[ring].children))))));
}

function ringSwatch(ring) {
  const canvas = el("canvas", { class: "ring-swatch", width: 78, height: 36, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.scale(3, 3);
  context.lineWidth = ring.width;
  context.strokeStyle = ring.colour;
  context.beginPath();
  context.moveTo(2, 6);
  context.lineTo(24, 6);
  context.stroke();
  return canvas;
}
