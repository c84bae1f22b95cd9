// Signs on the map: apart from one another, or small beneath the counts of their county.
const arranged = { zoom: null, shifts: new Map(), counted: false };

// Where signs would fill so much of the land, spreading them would lead astray.
const FULL = 0.23;

// Signs grow a little as one comes nearer.
function factorAt(zoom) {
  return Math.min(1.35, Math.max(0.7, 0.7 + (zoom - 8) * 0.13));
}

// Pixels from its place to the outer edge of a sign.
function reachOf(sign, factor) {
  return sign.size * factor + (sign.wide || 1.2) / 2 + 1.3;
}

function itemKey(item) {
  return item.kind + item.index;
}

// One sign for each thing of the plan that is shown now; a school and its expansion are two.
function arrangedSigns() {
  const seen = new Map();
  for (const entry of LAYERS) {
    if (entry.group !== "programme" || !entry.layer || !wanted(entry)) continue;
    entry.layer.eachLayer((layer) => {
      if (layer instanceof Sign) seen.set(itemKey(layer.item), layer);
    });
  }
  return Array.from(seen.values());
}

// Whether signs give way to counts: the same in both states, that a switch compares like with like.
function isCounted(zoom) {
  if (!entryOf("labels").on || counties.id.length < 2) return false;
  const filled = COUNTED.map(entryOf).filter((entry) => entry.on && isPresent(entry))
    .reduce((sum, entry) => (
      sum + entry.count() * Math.pow(2 * reachOf(SIGNS[entry.key], factorAt(zoom)), 2)), 0);
  return filled > FULL * landPixels(zoom);
}

// At one zoom and with the same layers every sign keeps its place, wherever the map is moved to.
function arrange() {
  const zoom = map.getZoom();
  if (arranged.zoom === zoom) return;
  arranged.zoom = zoom;
  const signs = arrangedSigns();
  const points = signs.map((layer) => {
    const place = map.project(layer.getLatLng(), zoom);
    return { x: place.x, y: place.y, r: reachOf(SIGNS[layer.options.sign], factorAt(zoom)) };
  });
  arranged.counted = isCounted(zoom);
  const shifts = arranged.counted ? [] : spread(points, 100, homeward(signs, zoom));
  arranged.shifts = new Map(shifts.map((shift, at) => [itemKey(signs[at].item), shift]));
}

// Signs that were pushed out of their county are led back towards its middle: across the border
// of the study nothing is told.
function homeward(signs, zoom) {
  const county = signs.map((layer) => KINDS[layer.item.kind].county(layer.item.index));
  const middles = counties.id.map((_, index) => latLng(counties, index))
    .map((place) => place && map.project(place, zoom));
  return (at, x, y) => {
    const middle = middles[county[at]];
    if (!middle || countyAt(x, y, zoom) === county[at]) return null;
    const away = Math.max(1, Math.hypot(middle.x - x, middle.y - y));
    return [(3 * (middle.x - x)) / away, (3 * (middle.y - y)) / away];
  };
}

// After layers were switched: what is drawn moves to its new place.
function rearrange() {
  arranged.zoom = null;
  for (const layer of arrangedSigns()) {
    if (!layer._map) continue;
    layer._renderer._requestRedraw(layer);
    layer._project();
    layer._renderer._requestRedraw(layer);
  }
}

const Sign = L.CircleMarker.extend({
  _project: function () {
    arrange();
    const sign = SIGNS[this.options.sign];
    const small = arranged.counted && this.item && !sign.plain && !this.options.chosen;
    this._factor = small ? Math.min(0.38, 0.24 + (this._map.getZoom() - 7) * 0.15) : factorAt(this._map.getZoom()) * (this.options.grow || 1);
    this._small = small;
    this._radius = reachOf(sign, this._factor) + 1;
    const [dx, dy] = (this.item && arranged.shifts.get(itemKey(this.item))) || [0, 0];
    this._true = this._map.latLngToLayerPoint(this._latlng);
    this._point = this._true.add([dx, dy]);
    this._updateBounds();
  },
  _updateBounds: function () {
    const reach = this._radius + 2;
    this._pxBounds = L.bounds([this._point, this._true].flatMap((point) => (
      [point.subtract([reach, reach]), point.add([reach, reach])])));
  },
  _updatePath: function () {
    this._renderer._updateSign(this);
  },
});

L.Canvas.include({
  _updateSign: function (layer) {
    if (!this._drawing || layer._empty()) return;
    const sign = SIGNS[layer.options.sign], at = layer._point, own = layer._true;
    if (layer._small && layer.options.sign === "receivers") return;
    // A sign that had to give way is tied to its place.
    if (!layer.options.hollow && at.distanceTo(own) > layer._radius * 0.6) drawTie(this._ctx, own, at);
    if (layer.options.hollow) drawRing(this._ctx, at, layer._radius + 4);
    else drawSign(this._ctx, layer._small ? { ...sign, mark: null, halo: 1.4 } : sign, at.x, at.y,
      layer._factor);
  },
});

function drawTie(context, from, to) {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  strokeLine(context, { colour: "#1c1c1c", weight: 1, casing: 1.6 });
  context.beginPath();
  context.arc(from.x, from.y, 1.8, 0, 2 * Math.PI);
  context.fillStyle = "#1c1c1c";
  context.fill();
}

// Around what is chosen, wherever its sign stands.
function drawRing(context, at, radius) {
  context.globalAlpha = 1;
  for (const [weight, colour] of [[6, "#ffffff"], [3, "#000000"]]) {
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
    context.lineWidth = weight;
    context.strokeStyle = colour;
    context.stroke();
  }
}
