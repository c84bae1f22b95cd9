// Layers of our own that draw all they have on one canvas.
// Below the signs and the names, from the bottom: land, roads, settlements.
for (const [place, pane] of ["areas", "roads", "homes"].entries()) {
  map.createPane(pane).style.zIndex = 350 + place;
}

// Positions on the world's square from 0 to 1, as the map's own projection has them at zoom 0.
function onSquare(lon, lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}

const PaintLayer = L.Layer.extend({
  initialize: function (options) {
    L.setOptions(this, options);
  },
  onAdd: function () {
    this._canvas = el("canvas", { class: this.options.pane, "aria-hidden": "true" });
    this.getPane().append(this._canvas);
    this.draw();
  },
  onRemove: function () {
    this._canvas.remove();
  },
  getEvents: function () {
    return { moveend: this.draw, viewreset: this.draw, resize: this.draw,
      zoomstart: () => { this._canvas.style.visibility = "hidden"; } };
  },
  // The layers of the map are brought to the front one by one; land and roads stay below.
  bringToFront: function () {
    return this;
  },
  draw: function () {
    const size = map.getSize();
    if (!size.x || !size.y || !this._canvas) return;
    const ratio = Math.max(window.devicePixelRatio || 1, L.Browser.retina ? 2 : 1), canvas = this._canvas;
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    canvas.style.visibility = "visible";
    L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.options.paint(context, size);
  },
});

// Roads: by rank, the widest last.
const ROADS = [
  { colour: "#a0522d", width: 2.2, from: 0 }, { colour: "#b0713f", width: 1.7, from: 0 },
  { colour: "#8c7b6b", width: 1.2, from: 8.5 }, { colour: "#8c8378", width: 0.9, from: 9.5 },
  { colour: "#a59d92", width: 0.7, from: 11 },
];
let roadLines = null;

function readyRoads(raw) {
  let at = 0;
  return raw.rank.map((rank, line) => {
    const points = new Float64Array(raw.count[line] * 2);
    let x = raw.first_x[line], y = raw.first_y[line];
    for (let step = 0; step < raw.count[line]; step += 1) {
      if (step) {
        x += raw.x[at];
        y += raw.y[at];
        at += 1;
      }
      points.set(onSquare(x / 1e4, y / 1e4), step * 2);
    }
    return { rank, points };
  });
}

function paintRoads(context, size) {
  const zoom = map.getZoom(), scale = 256 * Math.pow(2, zoom), corner = map.getPixelBounds().min;
  context.lineJoin = "round";
  for (let rank = ROADS.length - 1; rank >= 0; rank -= 1) {
    const style = ROADS[rank];
    if (zoom < style.from) continue;
    context.beginPath();
    for (const line of roadLines) {
      if (line.rank !== rank) continue;
      for (let at = 0; at < line.points.length; at += 2) {
        const x = line.points[at] * scale - corner.x, y = line.points[at + 1] * scale - corner.y;
        if (at) context.lineTo(x, y);
        else context.moveTo(x, y);
      }
    }
    context.lineWidth = style.width * Math.min(1.6, Math.max(0.6, (zoom - 6) / 4));
    context.strokeStyle = style.colour;
    context.stroke();
  }
}

const roadLayer = new PaintLayer({ pane: "roads", paint: (context, size) => {
  if (roadLines) paintRoads(context, size);
} });

async function startRoads() {
  if (!doc.roads) return;
  roadLines = readyRoads(await unpacked(doc.roads));
  roadLayer.draw();
}
