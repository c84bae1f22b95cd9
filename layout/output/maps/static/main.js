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

function showPanel(open) {
  document.documentElement.classList.toggle("no-panel", !open);
  byId("widen").hidden = !open;
  if (!open) widen(false);
  byId("toggle-panel").setAttribute("aria-expanded", String(open));
  byId("toggle-panel").dataset.t = open ? "hide_panel" : "show_panel";
  byId("toggle-panel").textContent = t(byId("toggle-panel").dataset.t);
  refit();
}

// The panel over the whole window, for tables that are wider than it.
function widen(on) {
  document.documentElement.classList.toggle("wide-panel", on);
  byId("widen").setAttribute("aria-pressed", String(on));
  if (!on) refit();
}

function frame() {
  const meta = doc.meta;
  document.title = meta.title;
  byId("title").replaceChildren(named(meta.title));
  byId("subtitle").replaceChildren(named(meta.scenario));
  byId("modelled").hidden = !meta.modelled;
  byId("modelled-foot").hidden = !meta.modelled;
  byId("credit").replaceChildren(named(meta.credit));
  byId("date").textContent = t("data_date", { date: meta.date });
}

function controls() {
  map.zoomControl.remove();
  const zoom = L.control.zoom({ position: "topleft" }).addTo(map).getContainer();
  titled(zoom.querySelector(".leaflet-control-zoom-in"), "zoom_in");
  titled(zoom.querySelector(".leaflet-control-zoom-out"), "zoom_out");
  scaleBar.addTo(map);
  map.attributionControl.setPrefix(false);
  const Home = L.Control.extend({
    options: { position: "topleft" },
    onAdd: () => {
      const button = titled(el("button", { type: "button", class: "home" }, "⌂"), "home");
      button.addEventListener("click", wholeArea);
      const box = el("div", { class: "leaflet-bar" }, button);
      L.DomEvent.disableClickPropagation(box);
      return box;
    },
  });
  new Home().addTo(map);
  map.getContainer().setAttribute("data-t-label", "map");
}

let homeView = null;

// Pixels between the area and the edge of the map.
const MARGIN = 12;

// A frame that is not shown yet has no size, or that of a dot.
function isShown() {
  const size = map.getSize();
  return Math.min(size.x, size.y) > 2 * MARGIN;
}

// In a frame that is not shown yet there is no view; refit comes back when there is one.
function wholeArea() {
  if (!isShown()) return;
  map.fitBounds(countyLayer.getBounds(), { animate: false, padding: [MARGIN, MARGIN] });
  homeView = { zoom: map.getZoom(), centre: map.getCenter() };
}

// Whoever looks at the whole area goes on doing so when the window changes.
function isWhole() {
  return Boolean(homeView) && map.getZoom() === homeView.zoom
    && map.getCenter().distanceTo(homeView.centre) < 1;
}

function refit() {
  const whole = isWhole();
  map.invalidateSize({ animate: false, pan: !whole && isShown() });
  if (whole || !homeView) wholeArea();
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
