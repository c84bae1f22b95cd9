// The land of all counties in the colours of one measure; studies without a plan are hatched.
for (const [place, pane] of ["land", "borders"].entries()) map.createPane(pane).style.zIndex = 345 + place * 15;

const NOTHING = "#ffffff", NO_VALUE = "#cfcfcf", HATCH = "#6b7480";
const shapes = topojson.feature(doc.topology.counties, doc.topology.counties.objects.data).features;
const drawn = counties.id.map((_, index) => index).filter((index) => counties.shape[index] !== null);

function ringOnSquare(ring) {
  return Float64Array.from(ring.flatMap(([lon, lat]) => onSquare(lon, lat)));
}

function ringsOf({ geometry }) {
  if (!geometry) return [];
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.flat().map(ringOnSquare);
}

const countyRings = counties.shape.map((shape) => (shape === null ? [] : ringsOf(shapes[shape])));

// Each border once; those of studies by what lies on both sides.
const countyLines = meshOf(() => true);
const studyOfShape = new Map(doc.topology.counties.objects.data.geometries
  .map((geometry, at) => [geometry, counties.study[drawn[at]]]));
const studyLines = meshOf((a, b) => a === b || studyOfShape.get(a) !== studyOfShape.get(b));

function meshOf(wanted) {
  const topology = doc.topology.counties;
  return topojson.mesh(topology, topology.objects.data, wanted).coordinates.map(ringOnSquare);
}

function outlineOf(study) {
  const within = (shape) => studyOfShape.get(shape) === study;
  return meshOf((a, b) => within(a) && (a === b || !within(b)) || within(b) && !within(a));
}

function pathOf(context, lines) {
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  context.beginPath();
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      const x = line[at] * scale - corner.x, y = line[at + 1] * scale - corner.y;
      if (at) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
  }
}

// Strokes across a square of paper, for land whose study has no plan.
function strokes(context) {
  const tile = document.createElement("canvas"), size = 9;
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext("2d");
  pen.fillStyle = "#f1f2f4";
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = HATCH;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

function shownValues() {
  return counties[state.measure];
}

// Nought is a class of its own: where nothing closes nothing is asked of anybody.
function shading() {
  const known = shownValues().filter((value) => value > 0);
  const ramp = THEMES[state.theme].ramp, limits = roundLimits(known, ramp.length, 1);
  return { limits, colours: rampColours(ramp, limits.length + 1), known };
}

let classes = shading();

function fillOf(context, index) {
  if (!hasPlan(counties.study[index])) return strokes(context);
  const value = shownValues()[index];
  if (value === null) return NO_VALUE;
  return value === 0 ? NOTHING : classes.colours[classOf(value, classes.limits)];
}

const landLayer = new PaintLayer({ pane: "land", paint: (context) => {
  for (const index of drawn) {
    pathOf(context, countyRings[index]);
    context.fillStyle = fillOf(context, index);
    context.fill("evenodd");
  }
} });

const BORDERS = {
  county: { colour: "#59636f", weight: 0.8 },
  study: { colour: "#1c2733", weight: 2.2, casing: 1.6 },
};

const borderLayer = new PaintLayer({ pane: "borders", paint: (context) => {
  for (const [lines, style] of [[countyLines, "county"], [studyLines, "study"]]) {
    pathOf(context, lines);
    strokeLine(context, BORDERS[style]);
  }
  if (!state.selected) return;
  const { kind, index } = state.selected;
  pathOf(context, kind === "county" ? countyRings[index] : outlineOf(index));
  strokeLine(context, { colour: "#0b63c5", weight: 3.6, casing: 3 });
} });

// Only to be pointed at: what is seen is painted on canvases of our own.
const countyLayer = L.geoJSON(shapes.filter((shape) => shape.geometry).map((shape) => (
  { ...shape, properties: { index: drawn[shapes.indexOf(shape)] } })), {
  style: () => ({ stroke: false, fillOpacity: 0 }),
  onEachFeature: (feature, part) => {
    part.item = { kind: "county", index: feature.properties.index };
  },
});
countyLayer.bindTooltip((part) => tooltipOf(part.item.index), { sticky: true, direction: "top", offset: [0, -8] });
countyLayer.on("click", (event) => {
  L.DomEvent.stopPropagation(event);
  select((event.propagatedFrom || event.layer).item);
});

function valueText(index) {
  return hasPlan(counties.study[index]) ? number(shownValues()[index]) : t("without_plan");
}

function tooltipOf(index) {
  return el("div", { class: "tip" }, el("strong", {}, named(counties.name[index])),
    el("span", {}, named(studies.name[counties.study[index]])),
    el("span", {}, measureTitle(state.measure) + " " + valueText(index)));
}

function boundsOf(item) {
  const wanted = new Set(item.kind === "county" ? [item.index] : countiesOf[item.index]);
  const bounds = L.latLngBounds([]);
  countyLayer.eachLayer((part) => {
    if (wanted.has(part.item.index)) bounds.extend(part.getBounds());
  });
  return bounds;
}

// Studies go first; names of counties where there is room for them.
const namesLayer = new NamesLayer({ pane: "names", paint: (context, size) => {
  const several = countiesOf.some((list) => list.length > 1);
  const labels = [...(several && studies.id.length > 1 ? labelsOf("study", size) : []),
    ...labelsOf("county", size)];
  namesLayer._box.replaceChildren();
  putDown(context, size, namesLayer._box, labels, []);
} });

// The sides of each county on the world's square.
const countySides = countyRings.map((rings) => [0, 1].map((axis) => {
  const all = rings.flatMap((ring) => Array.from(ring).filter((_, at) => at % 2 === axis));
  return all.length ? Math.max(...all) - Math.min(...all) : 0;
}));

// A name that is wider than its land would be taken for a neighbour's.
function fits(county, wide, high) {
  const scale = 256 * Math.pow(2, map.getZoom()), [across, down] = countySides[county];
  return wide < across * scale && high < down * scale;
}

function labelsOf(kind, size) {
  const table = KINDS[kind].table, labels = [];
  for (const index of table.id.keys()) {
    const place = latLng(table, index);
    if (!place) continue;
    const { x, y } = map.latLngToContainerPoint(place);
    if (x < 0 || y < 0 || x > size.x || y > size.y) continue;
    const value = kind === "study" ? null : el("span", { class: "name-value" }, valueText(index));
    labels.push({ must: false, tie: null, node: nameNode(kind + "-name", (table.short || table.name)[index], value),
      spotsOf: ({ w, h }) => (kind === "study" || fits(index, w, h)
        ? spotsAround(x, y, 7, kind === "study" ? 6 : 2, () => 0) : []) });
  }
  return labels;
}

function legendRow(fill, text) {
  const chip = el("canvas", { class: "chip", width: 34, height: 18, "aria-hidden": "true" });
  const pen = chip.getContext("2d");
  pen.fillStyle = fill === null ? strokes(pen) : fill;
  pen.fillRect(0, 0, 34, 18);
  return el("div", { class: "ramp-row" }, chip, el("span", {}, text));
}

function classText(place) {
  const { limits, known } = classes;
  if (!limits.length) return number(known[0]);
  const low = place ? limits[place - 1] : Math.min(...known);
  if (place === limits.length) return "≥ " + number(low);
  const high = limits[place] - 1;
  return low === high ? number(low) : t("range", { low: number(low), high: number(high) });
}

function legendRows() {
  const values = drawn.filter((index) => hasPlan(counties.study[index])).map((index) => shownValues()[index]);
  return [
    ...(values.includes(0) ? [legendRow(NOTHING, "0")] : []),
    ...(classes.known.length ? classes.colours.map((colour, place) => legendRow(colour, classText(place))) : []),
    ...(values.includes(null) ? [legendRow(NO_VALUE, t("no_value"))] : []),
    ...(drawn.some((index) => !hasPlan(counties.study[index])) ? [legendRow(null, t("without_plan"))] : []),
  ];
}

function showMeasure(theme, measure) {
  state.theme = theme;
  state.measure = measure;
  classes = shading();
  for (const key of Object.keys(THEMES)) byId(key).setAttribute("aria-pressed", String(key === theme));
  const box = byId("indicator");
  box.replaceChildren(...THEMES[theme].measures.map((one) => el("option", { value: one }, measureTitle(one))));
  box.value = measure;
  byId("state-name").textContent = t("theme_" + theme) + " · " + measureTitle(measure);
  byId("ramp").replaceChildren(el("p", { class: "ramp-title" }, measureTitle(measure)), ...legendRows());
  for (const layer of [landLayer, namesLayer]) if (map.hasLayer(layer)) layer.draw();
}
