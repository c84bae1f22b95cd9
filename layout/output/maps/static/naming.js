// Names put down by hand after each move: off the signs and off one another.
map.createPane("names").style.zIndex = 640;

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

// Labels into a box over the map, each where it costs least; circles are what none may cover.
function putDown(context, size, box, labels, circles) {
  box.style.visibility = "visible";
  L.DomUtil.setPosition(box, map.containerPointToLayerPoint([0, 0]));
  box.replaceChildren(...labels.map((label) => label.node));
  // All are measured before any is moved.
  for (const label of labels) {
    label.w = label.node.offsetWidth + 4;
    label.h = label.node.offsetHeight + 2;
  }
  for (const label of labels) label.spots = label.spotsOf(label);
  const frame = [4, 4, size.x - 4, size.y - 4];
  const rects = placeBoxes(labels, circles.concat(furniture()), frame);
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
