// Names of counties and townships, and the counts of a county where its signs would crowd.

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
  const counts = arranged.counted ? countsByCounty() : [];
  const labels = countyLabels(size, counts).concat(townshipNames(size));
  putDown(context, size, box, labels, signCircles());
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
