// The frame around the map, its buttons, and what part of the land is in view.
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
