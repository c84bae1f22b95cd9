// Signs of the page of several plans: each at its place, as few as there are.
const factorAt = (zoom) => Math.min(1.35, Math.max(0.7, 0.7 + (zoom - 8) * 0.13));

const Sign = L.CircleMarker.extend({
  _project: function () {
    const sign = SIGNS[this.options.sign];
    this._factor = factorAt(this._map.getZoom()) * (this.options.grow || 1);
    this._radius = sign.size * this._factor + (sign.wide || 1.2) + 2;
    L.CircleMarker.prototype._project.call(this);
  },
  _updatePath: function () {
    this._renderer._updateSign(this);
  },
});

L.Canvas.include({
  _updateSign: function (layer) {
    if (!this._drawing || layer._empty()) return;
    drawSign(this._ctx, SIGNS[layer.options.sign], layer._point.x, layer._point.y, layer._factor);
  },
});

// This page has no townships of its own.
const townships = doc.townships;
const townshipName = () => "";
const townshipOfSchool = () => null;
const townshipOfSettlement = [];
