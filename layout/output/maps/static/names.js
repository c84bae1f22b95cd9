// Names of counties and townships, and the counts of a county where its signs would crowd: put
// down by hand after each move, off the signs and off one another.
map.createPane("names").style.zIndex = 640;

// What a county's badge counts, in the order of the layers.
const COUNTED = ["closed", "retained", "uncertain", "kindergarten_new", "kindergarten_expansion",
  "compulsory_new", "compulsory_expansion", "other_sites"];

function entryOf(key) {
  return LAYERS.find((entry) => entry.key === key);
}

// By county: how many signs of each kind are shown.
function countsByCounty() {
  const counts = counties.id.map(() => ({}));
  for (const key of COUNTED) {
    const entry = entryOf(key);
    if (!entry.layer || !wanted(entry)) continue;
    entry.layer.eachLayer((layer) => {
      const county = KINDS[layer.item.kind].county(layer.item.index);
      if (county !== null) counts[county][key] = (counts[county][key] || 0) + 1;
    });
  }
  return counts;
}

function valueLine(index) {
  const value = state.indicator ? shownValues()[index] : null;
  return value === null || value === undefined ? null
    : el("span", { class: "name-value" }, shownText(value));
}

function badgeOf(index, counts) {
  const parts = COUNTED.filter((key) => counts[key]).map((key) => el("span",
    { class: "badge-part", "data-sign": key },
    swatch(key === "closed" && !state.plan ? "closed_today" : key), String(counts[key])));
  const node = el("div", { class: "county-badge" },
    el("span", { class: "county-name" }, named(counties.name[index])), valueLine(index),
    parts.length ? el("span", { class: "badge-parts" }, parts) : null);
  node.addEventListener("click", (event) => {
    L.DomEvent.stop(event);
    select({ kind: "county", index }, { zoom: true });
  });
  return node;
}

function nameNode(kind, text, value) {
  return el("div", { class: "map-name" }, el("span", { class: kind }, named(text)), value);
}

const NamesLayer = PaintLayer.extend({
  onAdd: function () {
    this._box = el("div", { class: "names", "aria-hidden": "true" });
    this.getPane().append(this._box);
    PaintLayer.prototype.onAdd.call(this);
    // Lines end at the badges, which stand above them.
    this.getPane().prepend(this._canvas);
  },
  onRemove: function () {
    this._box.remove();
    PaintLayer.prototype.onRemove.call(this);
  },
  getEvents: function () {
    return { ...PaintLayer.prototype.getEvents.call(this), zoomstart: () => {
      this._canvas.style.visibility = "hidden";
      this._box.style.visibility = "hidden";
    } };
  },
});

const namesLayer = new NamesLayer({ pane: "names", paint: paintNames });

// Circles that no name may cover, in pixels of the world at this zoom.
function signCircles() {
  return arrangedSigns().map((layer) => {
    const point = map.layerPointToContainerPoint(layer._point);
    return { x: point.x, y: point.y, r: layer._radius };
  });
}

function paintNames(context, size) {
  arrange();
  const box = namesLayer._box;
  box.style.visibility = "visible";
  L.DomUtil.setPosition(box, map.containerPointToLayerPoint([0, 0]));
  const counts = arranged.counted ? countsByCounty() : [];
  const labels = countyLabels(size, counts).concat(townshipNames(size));
  box.replaceChildren(...labels.map((label) => label.node));
  // All are measured before any is moved.
  for (const label of labels) {
    label.w = label.node.offsetWidth + 4;
    label.h = label.node.offsetHeight + 2;
  }
  for (const label of labels) label.spots = label.spotsOf(label);
  const frame = [4, 4, size.x - 4, size.y - 4];
  const rects = placeBoxes(labels, signCircles().concat(furniture()), frame);
  labels.forEach((label, at) => {
    const rect = rects[at];
    label.node.hidden = !rect;
    if (!rect) return;
    L.DomUtil.setPosition(label.node, L.point(rect.rect[0] + 2, rect.rect[1] + 1).round());
    if (rect.line && Math.hypot(rect.line[1].x - label.tie.x, rect.line[1].y - label.tie.y) > 2) {
      drawTie(context, ...rect.line);
    }
  });
}

// Corners of the map that are taken: buttons, north, the scale and the name of the state.
function furniture() {
  const frame = map.getContainer().getBoundingClientRect(), circles = [];
  const sheet = map.getContainer().parentElement;
  for (const node of sheet.querySelectorAll(".north, .state-name, .leaflet-control")) {
    const rect = node.getBoundingClientRect();
    const step = Math.max(6, Math.min(rect.width, rect.height) / 2);
    for (let x = rect.left + step / 2; x < rect.right; x += step) {
      for (let y = rect.top + step / 2; y < rect.bottom; y += step) {
        circles.push({ x: x - frame.left, y: y - frame.top, r: step });
      }
    }
  }
  return circles;
}

function countyLabels(size, counts) {
  const zoom = map.getZoom(), corner = map.getPixelBounds().min, labels = [];
  for (const index of counties.id.keys()) {
    const place = latLng(counties, index);
    if (!place) continue;
    const { x, y } = map.latLngToContainerPoint(place);
    if (x < -200 || y < -200 || x > size.x + 200 || y > size.y + 200) continue;
    const over = (px, py) => countyAt(px + corner.x, py + corner.y, zoom);
    const away = (px, py) => (over(px, py) === index ? 0 : 70);
    const foreign = (px, py) => ([index, null].includes(over(px, py)) ? 0 : 90);
    const counted = arranged.counted;
    labels.push({
      // A badge counts what it covers; a name would hide it.
      must: true, price: counted ? 30 : 300, tie: counted ? { x, y } : null,
      node: counted ? badgeOf(index, counts[index])
        : nameNode("county-name", counties.name[index], valueLine(index)),
      spotsOf: () => (counted ? spotsAround(x, y, 14, 26, foreign) : spotsAround(x, y, 10, 14, away)),
    });
  }
  return labels;
}

function townshipNames(size) {
  if (arranged.counted || !entryOf("townships").on || townshipPixels() < 80) return [];
  const labels = [];
  for (const index of townships.id.keys()) {
    const place = latLng(townships, index);
    if (!place) continue;
    const { x, y } = map.latLngToContainerPoint(place);
    if (x < 0 || y < 0 || x > size.x || y > size.y) continue;
    labels.push({ must: false, tie: null,
      node: nameNode("township-name", nameOf({ kind: "township", index }), null),
      spotsOf: () => spotsAround(x, y, 8, 5, () => 0) });
  }
  return labels;
}
