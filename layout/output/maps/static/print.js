// Paper: one landscape sheet with title, map, legend and marks; the map is fitted to it first.
let screenView = null;

function startPrint() {
  const paper = byId("paper");
  const setPaper = () => {
    document.documentElement.classList.toggle("paper-a3", paper.value === "a3");
  };
  paper.addEventListener("change", setPaper);
  setPaper();
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
}

function toPaper() {
  screenView = {
    centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds(), whole: isWhole(),
  };
  byId("printed").textContent = t("printed_on", { date: new Date().toLocaleDateString("sv-SE") });
  fillPrintLegend();
  document.documentElement.classList.add("printing");
  map.invalidateSize({ animate: false, pan: false });
  if (screenView.whole) map.fitBounds(countyLayer.getBounds(), { animate: false, padding: [8, 8] });
  else map.fitBounds(screenView.bounds, { animate: false, padding: [0, 0] });
  redrawNow();
}

function toScreen() {
  document.documentElement.classList.remove("printing");
  document.querySelector(".sheet").append(byId("ramp"));
  map.invalidateSize({ animate: false, pan: false });
  if (!screenView) return;
  if (screenView.whole) wholeArea();
  else map.setView(screenView.centre, screenView.zoom, { animate: false });
}

// The sheet is taken at once; a redraw in the next frame would come too late.
function redrawNow() {
  map.eachLayer((layer) => {
    if (layer instanceof L.Canvas && layer._redrawRequest) {
      L.Util.cancelAnimFrame(layer._redrawRequest);
      layer._redraw();
    }
  });
}

function fillPrintLegend() {
  const shown = listed().filter((entry) => wanted(entry) && entry.key !== "labels");
  byId("print-legend").replaceChildren(
    el("h2", {}, t("legend")),
    ...shown.map((entry) => el("div", { class: "legend-row" },
      swatch(entry.key === "closed" && !state.plan ? "closed_today" : entry.key),
      el("span", {}, layerTitle(entry)),
      entry.count ? el("span", { class: "count" }, number(entry.count())) : null)),
    ...shown.map((entry) => (entry.legend ? entry.legend() : null)).filter(Boolean),
    byId("ramp"));
}
