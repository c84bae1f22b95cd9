// One sheet of paper: title, map, legend with the counts of the county in view, marks. The map is
// laid out at the size of its frame, drawn at once, and put back; the page's own layout has no part.
const SHARPNESS = 2;

// The map goes to the size of its frame on paper; what is returned brings it back.
function ontoPaper() {
  const root = document.documentElement, retina = L.Browser.retina;
  const centre = map.getCenter(), zoom = map.getZoom(), whole = isWhole();
  root.classList.add("sizing");
  L.Browser.retina = true;
  map.invalidateSize({ animate: false, pan: false });
  return () => {
    root.classList.remove("sizing");
    L.Browser.retina = retina;
    map.invalidateSize({ animate: false, pan: false });
    if (whole) wholeArea();
    else map.setView(centre, zoom, { animate: false });
  };
}

// The view of the moment; where one county fills it, the sheet is that county's.
function viewSheet() {
  const bounds = map.getBounds(), whole = isWhole(), back = ontoPaper();
  try {
    if (whole) map.fitBounds(countyLayer.getBounds(), { animate: false, padding: [8, 8] });
    else map.fitBounds(bounds, { animate: false, padding: [0, 0] });
    return sheetOf(whole ? null : countyInView(), false);
  } finally {
    back();
  }
}

function countySheet(index) {
  map.fitBounds(countyShape(index).getBounds(), { animate: false, padding: [14, 14] });
  return sheetOf(index, true);
}

function countyShape(index) {
  return countyLayer.getLayers().find((part) => part.item.index === index);
}

function countyInView() {
  const size = map.getSize(), steps = 12;
  const hits = counties.id.map(() => 0);
  for (let place = 0; place < steps * steps; place += 1) {
    const across = (place % steps) + 0.5, down = Math.floor(place / steps) + 0.5;
    const point = map.containerPointToLayerPoint([(across * size.x) / steps, (down * size.y) / steps]);
    const part = countyLayer.getLayers().find((one) => one._containsPoint(point));
    if (part) hits[part.item.index] += 1;
  }
  const most = Math.max(...hits), sum = hits.reduce((a, b) => a + b, 0);
  return most * 2 > sum ? hits.indexOf(most) : null;
}

function sheetOf(county, alone) {
  redrawNow();
  const large = byId("paper").value === "a3";
  return el("section", { class: "paper-sheet" + (large ? " large" : "") },
    sheetTitle(county),
    el("div", { class: "paper-map" }, picture(alone ? county : null), overlay()),
    el("div", { class: "paper-legend" }, legendOf(county), numbersOf(county)),
    sheetFoot());
}

function sheetTitle(county) {
  const meta = doc.meta, several = counties.id.length > 1;
  const parts = [meta.title, meta.scenario, several && county !== null ? counties.name[county] : ""];
  const shown = [t(state.plan ? "plan" : "today")];
  if (area.band) shown.push(t("areas") + " " + word("bands", area.band));
  if (state.indicator) shown.push(indicatorTitle());
  return el("header", { class: "paper-title" },
    el("h2", {}, parts.filter(Boolean).flatMap((part, at) => [at ? " · " : "", named(part)])),
    el("p", {}, shown.join(" · ")));
}

// A redraw in the next frame would come too late.
function redrawNow() {
  map.eachLayer((layer) => {
    if (layer instanceof L.Canvas && layer._redrawRequest) {
      L.Util.cancelAnimFrame(layer._redrawRequest);
      layer._redraw();
    }
  });
}

// Pictures stand in panes as they are; whatever else stands there is names and marks.
const PICTURES = ".leaflet-pane > canvas";

// Everything that the map has drawn, from the lowest pane to the highest, in one picture.
function picture(county) {
  const box = map.getContainer().getBoundingClientRect();
  const canvas = el("canvas", { width: box.width * SHARPNESS, height: box.height * SHARPNESS });
  const pen = canvas.getContext("2d");
  const height = (node) => Number(getComputedStyle(node.parentElement).zIndex) || 0;
  const layers = Array.from(map.getContainer().querySelectorAll(PICTURES))
    .filter((node) => node.width && node.height).sort((a, b) => height(a) - height(b));
  pen.scale(SHARPNESS, SHARPNESS);
  pen.fillStyle = "#dfe6ec";
  pen.fillRect(0, 0, box.width, box.height);
  for (const layer of layers) {
    const at = layer.getBoundingClientRect();
    pen.drawImage(layer, at.left - box.left, at.top - box.top, at.width, at.height);
  }
  if (county !== null) standOut(pen, box, county);
  return canvas;
}

// What is not the county's fades, and its edge is drawn stronger.
function standOut(pen, box, county) {
  const edge = new Path2D();
  const shape = countyShape(county).feature.geometry;
  for (const ring of (shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates).flat()) {
    ring.forEach(([lon, lat], at) => {
      const point = map.latLngToContainerPoint([lat, lon]);
      if (at) edge.lineTo(point.x, point.y);
      else edge.moveTo(point.x, point.y);
    });
    edge.closePath();
  }
  const others = new Path2D(edge);
  others.rect(0, 0, box.width, box.height);
  pen.fillStyle = "rgba(255, 255, 255, 0.6)";
  pen.fill(others, "evenodd");
  pen.lineWidth = 2.2;
  pen.strokeStyle = "#10243e";
  pen.stroke(edge);
}

// Names, north arrow and scale are elements above the pictures.
function overlay() {
  const box = map.getContainer().getBoundingClientRect();
  const names = Array.from(map.getPane("mapPane").querySelectorAll(".leaflet-pane > *"))
    .filter((node) => !node.matches(PICTURES + ", .leaflet-pane, svg"))
    .map((node) => lifted(node, box)).filter(Boolean);
  const scale = document.querySelector(".leaflet-control-scale-line");
  return el("div", { class: "paper-over" }, names, document.querySelector(".north").cloneNode(true),
    scale ? el("div", { class: "paper-scale" }, scale.cloneNode(true)) : null);
}

function lifted(node, box) {
  const at = node.getBoundingClientRect(), x = at.left - box.left, y = at.top - box.top;
  if (getComputedStyle(node).display === "none" || x < 0 || y < 0 || x > box.width || y > box.height) return null;
  const copy = node.cloneNode(true);
  const drawn = node.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, place) => {
    canvas.getContext("2d").drawImage(drawn[place], 0, 0);
  });
  copy.removeAttribute("id");
  Object.assign(copy.style, { position: "absolute", left: x + "px", top: y + "px", margin: "0",
    transform: "none" });
  return copy;
}

// How many of a layer's things are a county's, or all of them.
function countOf(entry, county) {
  if (!entry.count) return null;
  if (county === null || counties.id.length < 2) return entry.count();
  if (entry.key === "settlements") return settlements.county.filter((own) => own === county).length;
  if (!entry.layer.eachLayer) return null;
  let count = 0;
  entry.layer.eachLayer(({ item }) => {
    if (item && KINDS[item.kind].county(item.index) === county) count += 1;
  });
  return count;
}

function hasBelt(county) {
  return county === null || retained.school.some((school) => school !== null && schools.county[school] === county);
}

function legendOf(county) {
  const rows = listed().filter((entry) => wanted(entry) && entry.key !== "labels")
    .map((entry) => ({ entry, count: countOf(entry, county) }))
    .filter((row) => row.count !== 0 && (row.entry.key !== "belt" || hasBelt(county)));
  const land = byId("no-place-key"), ramp = byId("ramp");
  return [
    el("h3", {}, t("legend")),
    ...rows.map(({ entry, count }) => el("div", { class: "legend-row" },
      swatch(entry.key === "closed" && !state.plan ? "closed_today" : entry.key),
      el("span", {}, layerTitle(entry)),
      count === null ? null : el("span", { class: "count" }, number(count)))),
    ...rows.map(({ entry }) => (entry.legend ? entry.legend() : null)).filter(Boolean),
    ...lineLegend(),
    ...[land, ramp].filter((node) => !node.hidden && (node !== land || area.band))
      .map((node) => el("div", { class: "paper-key" }, Array.from(node.cloneNode(true).childNodes))),
  ];
}

function numbersOf(county) {
  const only = counties.id.length === 1 ? 0 : county;
  if (only === null) return effects();
  const keys = Object.keys(words.indicators).filter((key) => counties.measures[key]);
  const rows = keys.map((key) => [words.indicators[key],
    measureText(key, (counties.measures[key].before || [])[only]),
    measureText(key, (counties.measures[key].after || [])[only])]);
  return rows.length ? beforeAfter(t("measure"), rows) : null;
}

function sheetFoot() {
  const review = byId("review-number").value.trim();
  return el("footer", { class: "paper-foot" },
    doc.meta.modelled ? el("span", { class: "mark mark-modelled" }, t("modelled")) : null,
    el("strong", {}, t("internal")),
    el("span", { class: "review" }, t("review_number") + " ",
      review ? named(review) : el("span", { class: "blank" })),
    el("span", {}, t("data_date", { date: doc.meta.date })),
    el("span", {}, t("printed_on", { date: new Date().toLocaleDateString("sv-SE") })),
    el("p", { class: "credit" }, t("credit") + " ", named(doc.meta.credit)));
}

// The open card with its lists, on the pages after the map.
function cardSheet(item) {
  return el("section", { class: "paper-card" },
    el("p", { class: "paper-from" },
      doc.meta.modelled ? el("span", { class: "mark mark-modelled" }, t("modelled")) : null,
      named(doc.meta.title), " · " + t("internal") + " · ",
      t(state.plan ? "plan" : "today")),
    CARDS[item.kind](item.index).flat().filter(Boolean));
}
