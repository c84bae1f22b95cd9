// Putting the page of many studies together.
function lineRows() {
  return Object.entries(BORDERS).map(([key, style]) => {
    const canvas = el("canvas", { class: "chip", width: 34, height: 18, "aria-hidden": "true" });
    const pen = canvas.getContext("2d");
    pen.beginPath();
    pen.moveTo(0, 9);
    pen.lineTo(34, 9);
    strokeLine(pen, style);
    return el("div", { class: "ramp-row" }, canvas, el("span", {}, t("outline_" + key)));
  });
}

// Everything that is written on the page; elements with data-t and the like renew themselves.
function relabel() {
  markLanguage();
  if (scaleBar._map) scaleBar._update();
  frame();
  overview();
  studiesTable();
  countiesOfAll();
  byId("lines").replaceChildren(...lineRows());
  fillLabels(document);
  renewSearch();
  showMeasure(state.theme, state.measure);
  redrawCard();
}

function startProvince() {
  document.documentElement.classList.remove("waiting");
  startTabs(["overview", "studies", "counties"]);
  startLanguage();
  startSearch();
  startPaper();
  for (const key of Object.keys(THEMES)) {
    byId(key).addEventListener("click", () => showMeasure(key, THEMES[key].measures[0]));
  }
  byId("indicator").addEventListener("change", (event) => showMeasure(state.theme, event.target.value));
  byId("close-card").addEventListener("click", deselect);
  byId("toggle-panel").addEventListener("click", () => {
    showPanel(document.documentElement.classList.contains("no-panel"));
  });
  byId("widen").addEventListener("click", () => {
    widen(byId("widen").getAttribute("aria-pressed") !== "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.selected) deselect();
  });
  controls();
  for (const layer of [landLayer, countyLayer, borderLayer, namesLayer]) layer.addTo(map);
  map.on("click", deselect);
  showTab("overview");
  showPanel(true);
  wholeArea();
  new ResizeObserver(() => {
    if (!document.documentElement.classList.contains("sizing")) refit();
  }).observe(map.getContainer());
  relabel();
}

startProvince();
