// Settlements on one canvas, by the minutes of the state that is shown.
const HOME_CLASSES = [
  { key: "20", most: 200, shape: "circle", fill: "#3b8bc4", line: "#0b3c5d" },
  { key: "40", most: 400, shape: "square", fill: "#f2b134", line: "#6b4a00" },
  { key: "over", most: Infinity, shape: "triangle", fill: "#b3123b", line: "#4d0013" },
  { key: "none", most: null, shape: "circle", fill: "#ffffff", line: "#777777" },
];
const NEAR_PX = 9;
// Points on the world's square, and the class of each settlement in the state shown.
const homes = { points: null, sizes: null, kinds: null, of: "" };

function readyHomes() {
  const count = settlements.id.length;
  homes.points = new Float64Array(count * 2);
  homes.sizes = new Float32Array(count);
  for (let at = 0; at < count; at += 1) {
    homes.points.set(onSquare(settlements.x[at] / DEGREES, settlements.y[at] / DEGREES), at * 2);
    homes.sizes[at] = Math.min(3, Math.max(0.8, Math.sqrt(settlements.children[at] || 0) / 6));
  }
}

// Settlements with children in the counties of the page; of others it knows but who comes here.
function isHome(at) {
  return settlements.children[at] > 0 && settlements.county[at] !== null;
}

// The band that colours settlements: that on the map where its ways are known, else all.
function homesBands() {
  return COMPULSORY.includes(area.band) ? [area.band] : COMPULSORY;
}

function classifyHomes() {
  const names = homesBands(), of = names.join() + shownState();
  if (homes.of === of) return;
  const count = settlements.id.length, sums = new Float64Array(count);
  const pupils = new Float64Array(count);
  for (const band of names) {
    const own = groups.get(band);
    for (const row of own ? own[shownState()].rows : []) {
      if (row.minutes === null) continue;
      sums[row.settlement] += row.minutes * row.pupils;
      pupils[row.settlement] += row.pupils;
    }
  }
  homes.kinds = Uint8Array.from(pupils, (weight, at) => {
    if (isPublic) return settlements.minutes[at] ?? HOME_CLASSES.length - 1;
    if (!weight) return HOME_CLASSES.length - 1;
    return HOME_CLASSES.findIndex((kind) => sums[at] / weight <= kind.most);
  });
  homes.of = of;
}

const homeLayer = new PaintLayer({ pane: "homes", paint: paintHomes });

function paintHomes(context, size) {
  if (!settlements.ready) return;
  classifyHomes();
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  const factor = factorAt(map.getZoom()) * (map.getZoom() < 9 ? 1.2 : 1.6);
  // The longest ways last, on top.
  for (const kind of [3, 0, 1, 2]) {
    context.beginPath();
    for (let at = 0; at < homes.kinds.length; at += 1) {
      if (homes.kinds[at] !== kind || !isHome(at)) continue;
      const x = homes.points[at * 2] * scale - corner.x;
      const y = homes.points[at * 2 + 1] * scale - corner.y;
      if (x < -9 || y < -9 || x > size.x + 9 || y > size.y + 9) continue;
      homePath(context, HOME_CLASSES[kind].shape, x, y, homes.sizes[at] * factor);
    }
    context.fillStyle = HOME_CLASSES[kind].fill;
    context.fill();
    context.lineWidth = 0.7;
    context.strokeStyle = HOME_CLASSES[kind].line;
    context.stroke();
  }
}

function homePath(context, shape, x, y, radius) {
  if (shape === "square") {
    context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
  } else if (shape === "triangle") {
    const half = radius * 1.25;
    context.moveTo(x, y - half);
    context.lineTo(x + half, y + half * 0.8);
    context.lineTo(x - half, y + half * 0.8);
    context.closePath();
  } else {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

// The settlement next to a place on the map, as far as the layer is shown.
function homeAt(place) {
  if (!settlements.ready || !map.hasLayer(homeLayer)) return null;
  const [x, y] = onSquare(place.lng, place.lat);
  let least = Math.pow(NEAR_PX / (256 * Math.pow(2, map.getZoom())), 2), index = -1;
  for (let at = 0; at < homes.sizes.length; at += 1) {
    const dx = homes.points[at * 2] - x, dy = homes.points[at * 2 + 1] - y;
    const apart = dx * dx + dy * dy;
    if (apart >= least || !isHome(at)) continue;
    least = apart;
    index = at;
  }
  return index < 0 ? null : { kind: "settlement", index };
}

function homesLegend() {
  if (!settlements.ready) return null;
  classifyHomes();
  const counts = HOME_CLASSES.map(() => 0);
  homes.kinds.forEach((kind, at) => {
    if (isHome(at)) counts[kind] += 1;
  });
  return el("div", { class: "homes-legend" },
    el("p", { class: "quiet" }, t("homes_by", { band: bandTitle(homesBands()) })),
    HOME_CLASSES.map((kind, at) => el("div", { class: "ramp-row" }, homeSwatch(kind),
      el("span", {}, t("homes_" + kind.key)), el("span", { class: "count" }, number(counts[at])))));
}

function homeSwatch(kind) {
  const ratio = 3, size = 18;
  const canvas = el("canvas", { class: "home-swatch", width: size * ratio, height: size * ratio,
    "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  homePath(context, kind.shape, size / 2, size / 2, 4.5);
  context.fillStyle = kind.fill;
  context.fill();
  context.strokeStyle = kind.line;
  context.stroke();
  return canvas;
}

function showHomes() {
  readyHomes();
  fillLayerList();
  redrawHomes();
}

function redrawHomes() {
  if (map.hasLayer(homeLayer)) homeLayer.draw();
}

// The name of the settlement under the pointer.
const homeTip = L.tooltip({ direction: "top", offset: [0, -6] });

function tellHome(event) {
  const item = homeAt(event.latlng);
  if (!item) {
    homeTip.remove();
    return;
  }
  const known = homes.kinds ? t("homes_" + HOME_CLASSES[homes.kinds[item.index]].key) : "";
  homeTip.setLatLng(placeOf(item)).setContent(el("div", { class: "tip" },
    el("strong", {}, named(nameOf(item))),
    el("span", {}, t("children") + " " + childrenText(item.index)),
    el("span", {}, known)));
  if (!map.hasLayer(homeTip)) homeTip.addTo(map);
}
