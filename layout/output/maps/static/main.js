// Putting the page together.
const TABS = ["overview", "closures", "changes", "retained", "sites", "counties", "schools",
  ...(isPublic ? [] : ["report"])];

function refresh() {
  byId("today").setAttribute("aria-pressed", String(!state.plan));
  byId("plan").setAttribute("aria-pressed", String(state.plan));
  byId("state-name").textContent = state.plan ? t("plan") : t("today");
  shadeCounties();
  showLayers();
  keepFocus(fillLayerList);
  redrawAreas();
  redrawHomes();
}

function showState(plan) {
  if (state.plan === plan) return;
  state.plan = plan;
  refresh();
  if (state.selected) select(state.selected);
}

function start() {
  startTabs(TABS);
  startLanguage();
  fillIndicators();
  startAreas();
  requestAnimationFrame(() => setTimeout(() => {
    startFlows();
    startRoads();
    startTold();
  }));
  startSearch();
  startPrint();
  byId("today").addEventListener("click", () => showState(false));
  byId("plan").addEventListener("click", () => showState(true));
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
  landLayer.addTo(map);
  countyLayer.addTo(map);
  borderLayer.addTo(map);
  selection.addTo(map);
  map.on("click", (event) => {
    const home = homeAt(event.latlng);
    if (home) select(home);
    else deselect();
  });
  map.on("mousemove", tellHome);
  showTab("overview");
  showPanel(true);
  wholeArea();
  new ResizeObserver(() => {
    if (!document.documentElement.classList.contains("sizing")) refit();
  }).observe(map.getContainer());
  relabel();
}

start();
