// Signs that differ by shape as well as by colour (Okabe and Ito), drawn on the map's canvas.
const SIGNS = {
  closed: { shape: "crossed", size: 8, fill: "#d55e00" },
  closed_today: { shape: "circle", size: 6, fill: "#ffffff", line: "#b34700", wide: 3 },
  retained: { shape: "diamond", size: 8.5, fill: "#0072b2" },
  uncertain: { shape: "diamond", size: 8.5, fill: "#ffffff", line: "#0072b2", wide: 2.5, mark: "?" },
  kindergarten_new: { shape: "triangle", size: 9.5, fill: "#009e73" },
  kindergarten_expansion: { shape: "triangle", size: 8, fill: "#ffffff", line: "#00795a", wide: 2 },
  compulsory_new: { shape: "star", size: 11, fill: "#c7559b" },
  compulsory_expansion: { shape: "star", size: 9, fill: "#ffffff", line: "#a03a7a", wide: 2 },
  other_sites: { shape: "hexagon", size: 8, fill: "#f0e442" },
  preschool: { shape: "circle", size: 3, fill: "#ffffff", line: "#00795a", wide: 1.4, plain: true },
  primary: { shape: "circle", size: 3, fill: "#5a6b7d", line: "#ffffff", wide: 0.8, plain: true },
  junior: { shape: "square", size: 4, fill: "#e69f00", line: "#4a3500", wide: 1, plain: true },
  senior: { shape: "square", size: 4.5, fill: "#ffffff", line: "#333333", wide: 1.6, plain: true },
  special: { shape: "plus", size: 5, fill: "#333333", line: "#333333", wide: 2.4, plain: true },
  receiver: { shape: "square", size: 7.5, fill: "#56b4e9" },
  receivers: { shape: "square", size: 5, fill: "#56b4e9" },
  settlements: { shape: "circle", size: 1.6, fill: "#8a6d3b", plain: true, faint: true },
};

function polygonPath(context, x, y, radius, corners, turn, inner) {
  const steps = inner ? corners * 2 : corners;
  for (let step = 0; step < steps; step += 1) {
    const angle = turn + (step * 2 * Math.PI) / steps;
    const reach = inner && step % 2 ? radius * inner : radius;
    const px = x + reach * Math.cos(angle), py = y + reach * Math.sin(angle);
    if (step === 0) context.moveTo(px, py);
    else context.lineTo(px, py);
  }
  context.closePath();
}

function signPath(context, shape, x, y, radius) {
  const up = -Math.PI / 2;
  context.beginPath();
  if (shape === "diamond") polygonPath(context, x, y, radius, 4, up);
  else if (shape === "square") polygonPath(context, x, y, radius, 4, up / 2);
  else if (shape === "triangle") polygonPath(context, x, y + radius * 0.12, radius, 3, up);
  else if (shape === "hexagon") polygonPath(context, x, y, radius, 6, up);
  else if (shape === "star") polygonPath(context, x, y, radius, 5, up, 0.45);
  else if (shape === "plus") {
    context.moveTo(x - radius, y);
    context.lineTo(x + radius, y);
    context.moveTo(x, y - radius);
    context.lineTo(x, y + radius);
  } else context.arc(x, y, radius, 0, 2 * Math.PI);
}

function drawSign(context, sign, x, y, factor) {
  const radius = sign.size * factor;
  context.save();
  context.globalAlpha = 1;
  context.lineJoin = "round";
  if (!sign.plain) {
    signPath(context, sign.shape, x, y, radius);
    context.lineWidth = (sign.wide || 1.2) + (sign.halo || 2.6);
    context.strokeStyle = "#ffffff";
    context.stroke();
  }
  signPath(context, sign.shape, x, y, radius);
  if (sign.shape !== "plus") {
    context.globalAlpha = sign.faint ? 0.75 : 1;
    context.fillStyle = sign.fill;
    context.fill();
  }
  if (!sign.faint) {
    context.lineWidth = sign.wide || 1.2;
    context.strokeStyle = sign.line || "#1c1c1c";
    context.stroke();
  }
  if (sign.shape === "crossed" && radius > 4) drawCross(context, x, y, radius * 0.48);
  if (sign.mark) drawMark(context, sign, x, y, radius);
  context.restore();
}

function drawCross(context, x, y, reach) {
  context.beginPath();
  context.moveTo(x - reach, y - reach);
  context.lineTo(x + reach, y + reach);
  context.moveTo(x + reach, y - reach);
  context.lineTo(x - reach, y + reach);
  context.lineWidth = 2.2;
  context.lineCap = "round";
  context.strokeStyle = "#ffffff";
  context.stroke();
}

function drawMark(context, sign, x, y, radius) {
  context.fillStyle = sign.line;
  context.font = "bold " + Math.round(radius * 1.25) + "px sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(sign.mark, x, y + 0.5);
}

// The same drawing for legend, layer list and cards.
function swatch(key) {
  const size = 26, ratio = 3;
  const canvas = el("canvas", {
    class: "swatch", width: size * ratio, height: size * ratio, "aria-hidden": "true",
  });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  if (SIGNS[key]) drawSign(context, SIGNS[key], size / 2, size / 2, SIGNS[key].plain ? 1.3 : 1);
  else if (LINES[key]) drawLineSwatch(context, size, LINES[key]);
  else if (key === "roads") drawRoadSwatch(context, size);
  else if (key === "belt") drawBeltSwatch(context, size);
  else if (key === "townships") drawLineSwatch(context, size, LINES.township_line);
  else if (key === "labels") drawLabelSwatch(context, size);
  return canvas;
}

// Strokes from the bottom: one line as the map has it.
function strokeLine(context, line) {
  context.globalAlpha = 1;
  context.lineJoin = "round";
  if (line.casing) {
    context.setLineDash([]);
    context.lineWidth = line.weight + line.casing;
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.stroke();
  }
  context.setLineDash(line.dash || []);
  context.lineWidth = line.weight;
  context.strokeStyle = line.colour;
  context.stroke();
  context.setLineDash([]);
}

function drawLineSwatch(context, size, line) {
  context.beginPath();
  context.moveTo(1, line.slant ? size - 7 : size / 2);
  context.lineTo(size - 1, line.slant ? 7 : size / 2);
  strokeLine(context, line);
}

function drawRoadSwatch(context, size) {
  ROADS.slice(0, 3).forEach((style, at) => {
    context.beginPath();
    context.moveTo(3, 8 + at * 5);
    context.lineTo(size - 3, 8 + at * 5);
    context.lineWidth = style.width;
    context.strokeStyle = style.colour;
    context.stroke();
  });
}

function drawBeltSwatch(context, size) {
  context.fillStyle = hatching(context);
  context.fillRect(2, 5, size - 4, size - 10);
  context.strokeStyle = BELT_COLOUR;
  context.lineWidth = 1;
  context.strokeRect(2, 5, size - 4, size - 10);
}

function drawLabelSwatch(context, size) {
  context.fillStyle = "#333333";
  context.font = "bold 13px sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(doc.meta.language === "zh" ? "县" : "Aa", size / 2, size / 2);
}

const MOVE_COLOUR = "#b34700";
// Every kind of line, for the map and for the legend.
const LINES = {
  moves: { colour: MOVE_COLOUR, weight: 2.5, slant: true },
  county_line: { colour: "#30343a", weight: 1.7, dash: [9, 3, 2, 3], casing: 2.2 },
  township_line: { colour: "#5a3d8f", weight: 1.3, dash: [5, 3], casing: 1.4 },
  rivers: { colour: "#3f8fc4", weight: 1.4 },
  chosen_now: { colour: "#10243e", weight: 3.4 },
  chosen_other: { colour: "#10243e", weight: 2.4, dash: [5, 4] },
  way_now: { colour: "#0072b2", weight: 2.2 },
  way_before: { colour: "#444444", weight: 1.5, dash: [3, 4] },
  changed: { colour: MOVE_COLOUR, weight: 2 },
};
const BELT_COLOUR = "#6a51a3";

function hatching(context) {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = "rgba(106, 81, 163, 0.12)";
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = "rgba(106, 81, 163, 0.7)";
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

const stockFillStroke = L.Canvas.prototype._fillStroke;
L.Canvas.include({
  _fillStroke: function (context, layer) {
    if (!layer.options.hatched) {
      stockFillStroke.call(this, context, layer);
      return;
    }
    context.save();
    context.globalAlpha = 1;
    context.fillStyle = hatching(context);
    context.fill(layer.options.fillRule || "evenodd");
    context.lineWidth = 1.2;
    context.strokeStyle = BELT_COLOUR;
    context.stroke();
    context.restore();
  },
});
