// Borders of counties and townships, drawn on a canvas of their own, above land and roads.
map.createPane("borders").style.zIndex = 360;
// Above the land, below the roads.
map.createPane("rivers").style.zIndex = 350;

const countyShapes = topojson.feature(doc.topology.counties, doc.topology.counties.objects.data)
  .features;

function ringOnSquare(ring) {
  return Float64Array.from(ring.flatMap(([lon, lat]) => onSquare(lon, lat)));
}

// By county: its rings on the world's square, outer ones and holes alike.
const countyRings = countyShapes.map(({ geometry }) => {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.flat().map(ringOnSquare);
});

const countyBoxes = countyRings.map(boxOf);
const CELL_PX = 6;
const cells = { zoom: null, county: new Map() };

// The county in which a pixel of the world lies, or null: looked up once for each small square.
function countyAt(x, y, zoom) {
  if (cells.zoom !== zoom) {
    cells.zoom = zoom;
    cells.county.clear();
  }
  const column = Math.round(x / CELL_PX), row = Math.round(y / CELL_PX), key = column + ":" + row;
  if (!cells.county.has(key)) {
    const scale = (256 * Math.pow(2, zoom)) / CELL_PX;
    cells.county.set(key, countyOf(column / scale, row / scale));
  }
  return cells.county.get(key);
}

// Positions on the world's square.
function countyOf(x, y) {
  const found = countyBoxes.findIndex((box, index) => x >= box[0] && y >= box[1] && x <= box[2]
    && y <= box[3] && countyRings[index].filter((ring) => crosses(ring, x, y)).length % 2 === 1);
  return found < 0 ? null : found;
}

// Each border once, though two counties share it.
const countyLines = topojson.mesh(doc.topology.counties, doc.topology.counties.objects.data)
  .coordinates.map(ringOnSquare);

// Lines from columns: the first point of each and then steps, in 1e-4 degree.
function readLines({ count, x, y }) {
  let at = 0;
  return count.map((points) => {
    const line = new Float64Array(points * 2);
    let lon = 0, lat = 0;
    for (let step = 0; step < points; step += 1, at += 1) {
      lon += x[at];
      lat += y[at];
      line.set(onSquare(lon / 1e4, lat / 1e4), step * 2);
    }
    return line;
  });
}

const townshipLines = readLines(townships.lines);
const riverLines = readLines(doc.rivers);

// The land of all counties on the world's square; holes have the other sign.
const landShare = Math.abs(countyRings.flat().reduce((sum, ring) => {
  let share = 0;
  for (let at = 0; at < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    share += (ring[at] * ring[next + 1] - ring[next] * ring[at + 1]) / 2;
  }
  return sum + share;
}, 0));

function landPixels(zoom) {
  return landShare * Math.pow(256 * Math.pow(2, zoom), 2);
}

// A page of one county knows of its neighbours' townships, but has none of their land.
const drawnTownships = townships.x.filter((x) => x !== null).length;

// Pixels from side to side of a middling township: below so many its border or name is no help.
function townshipPixels() {
  return Math.sqrt(landPixels(map.getZoom()) / Math.max(1, drawnTownships));
}

function pathOf(context, lines, scale, corner) {
  context.beginPath();
  for (const line of lines) {
    for (let at = 0; at < line.length; at += 2) {
      const x = line[at] * scale - corner.x, y = line[at + 1] * scale - corner.y;
      if (at) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
  }
}

const borderLayer = new PaintLayer({ pane: "borders", paint: (context) => {
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  if (LAYERS.find((entry) => entry.key === "townships").on && townshipPixels() > 40) {
    pathOf(context, townshipLines, scale, corner);
    strokeLine(context, LINES.township_line);
  }
  pathOf(context, countyLines, scale, corner);
  strokeLine(context, LINES.county_line);
} });

const riverLayer = new PaintLayer({ pane: "rivers", paint: (context) => {
  pathOf(context, riverLines, 256 * Math.pow(2, map.getZoom()), map.getPixelBounds().min);
  strokeLine(context, LINES.rivers);
} });
