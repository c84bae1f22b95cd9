// Putting the page of several plans together.
const OPTION_TABS = ["figures", "schools"];
const touched = Array.from(new Set(plans.flatMap((plan) => [...plan.closed, ...plan.receives,
  ...plan.sites]))).sort((a, b) => a - b);
const closable = touched.filter((place) => plans.some((plan) => plan.closes.has(place)));
const LAYERS = [
  { key: "moves", on: true, build: movesOfPlan },
  { key: "elsewhere", sign: "closed_today", on: true, build: () => signsOf(
    closable.filter((place) => answerOf(state.choice, place) !== "closes"), "closed_today") },
  { key: "closed", sign: "closed", on: true, build: () => signsOf(
    closable.filter((place) => answerOf(state.choice, place) === "closes"), "closed") },
  { key: "new", sign: "kindergarten_new", on: true, build: () => signsOf(
    touched.filter((place) => answerOf(state.choice, place) === "site")) },
  { key: "labels", sign: "labels", on: true, build: countyNames },
];

const countyLayer = L.geoJSON(topojson.feature(doc.topology.counties, doc.topology.counties.objects.data),
  { style: () => ({ color: "#6b6b6b", weight: 1.2, fillColor: "#f7f5ef", fillOpacity: cut.band ? 0 : 1 }) });

function countyNames() {
  const group = L.featureGroup();
  for (const index of counties.id.keys()) {
    const place = latLng(counties, index);
    if (!place) continue;
    const html = el("span", { class: "county-name" }, named(counties.name[index]));
    const icon = L.divIcon({ className: "map-name", html, iconSize: null });
    group.addLayer(L.marker(place, { icon, interactive: false, keyboard: false }));
  }
  return group;
}

function drawLayers() {
  for (const entry of LAYERS) {
    if (entry.layer) entry.layer.remove();
    entry.layer = entry.on ? entry.build().addTo(map) : null;
  }
  selection.bringToFront();
}

function fillLayers() {
  byId("layers").replaceChildren(...LAYERS.map((entry) => {
    const box = el("input", { type: "checkbox", id: "layer-" + entry.key });
    box.checked = entry.on;
    box.addEventListener("change", () => {
      entry.on = box.checked;
      drawLayers();
    });
    return el("label", { class: "layer", for: box.id }, box, swatch(entry.sign || entry.key),
      el("span", { class: "layer-name" }, t("layer_" + entry.key)));
  }));
}

function choosePlan(choice) {
  state.choice = choice;
  Array.from(byId("options").children).forEach((button, at) => {
    button.setAttribute("aria-pressed", String(at === choice));
  });
  byId("state-name").textContent = choiceName(choice);
  drawLayers();
  redrawCut();
  for (const cell of document.querySelectorAll("[data-choice]")) {
    cell.classList.toggle("shown", Number(cell.dataset.choice) === choice);
  }
  if (state.selected) select(state.selected);
}

async function chooseCut(name) {
  cut.band = name;
  if (name) await openCut(name);
  if (cut.band !== name) return;
  countyLayer.setStyle({ fillOpacity: name ? 0 : 1 });
  if (!name) cutLayer.remove();
  else if (map.hasLayer(cutLayer)) cutLayer.draw();
  else cutLayer.addTo(map);
}

function figuresTable() {
  const head = [t("measure"), ...plans.map((plan) => plan.name)].map((text, at) =>
    el("th", { scope: "col", class: at ? "number" : null, "data-choice": at || null }, named(text)));
  const body = doc.figures.map((row) => el("tr", {}, row.map((text, at) => (at
    ? el("td", { class: "number" + (new Set(row.slice(1)).size > 1 ? " differs" : ""), "data-choice": at },
      text) : el("th", { scope: "row" }, text)))));
  byId("panel-figures").replaceChildren(
    doc.meta.modelled ? el("p", { class: "caution" }, t("modelled_long")) : "",
    el("div", { class: "wide" }, el("table", { class: "grid figures-of" },
      el("thead", {}, el("tr", {}, head)), el("tbody", {}, body))));
}

function schoolsTable() {
  const places = touched.filter((place) => place >= schools.id.length
    || answersOf(place).some((key) => key !== "receives" && key !== "stays"));
  let only = places.some(differs);
  makeTable("schools", {
    items: () => (only ? places.filter(differs) : places),
    item: (place) => itemOfPlace(place),
    county_of: (place) => countyOf(place),
    filter: (table) => {
      const box = el("input", { type: "checkbox", id: "only-differing" });
      box.checked = only;
      box.addEventListener("change", () => {
        only = box.checked;
        drawTable(table);
      });
      return el("label", { class: "layer", for: box.id }, box, el("span", {}, t("only_differing")));
    },
    columns: [
      [words.columns.name, (place) => nameOf(itemOfPlace(place))],
      [words.columns.county, (place) => countyName(countyOf(place))],
      [words.columns.pupils, (place) => pupilsUnder(0, place), (place) => number(pupilsUnder(0, place)),
        "number"],
      ...plans.map((plan, at) => [plan.name, (place) => t("answer_" + answerOf(at + 1, place)), (place) => {
        const key = answerOf(at + 1, place);
        return el("span", { class: "answer " + key }, t("answer_" + key));
      }]),
    ],
  });
}

function countyOf(place) {
  const item = itemOfPlace(place);
  return KINDS[item.kind].county(item.index);
}

function widen(on) {
  document.documentElement.classList.toggle("wide-panel", on);
  byId("widen").setAttribute("aria-pressed", String(on));
  if (!on) map.invalidateSize({ animate: false });
}

// Pixels between the area and the edge of the map.
const MARGIN = 12;

// A frame that is not shown yet has no size, or that of a dot.
function isShown() {
  const size = map.getSize();
  return Math.min(size.x, size.y) > 2 * MARGIN;
}

function wholeArea() {
  if (isShown()) map.fitBounds(countyLayer.getBounds(), { animate: false, padding: [MARGIN, MARGIN] });
}

function fillFrame() {
  for (const id of ["modelled", "modelled-foot"]) byId(id).hidden = !doc.meta.modelled;
  byId("title").replaceChildren(named(doc.meta.title));
  byId("subtitle").replaceChildren(named(doc.meta.scenario));
  byId("credit").replaceChildren(named(doc.meta.credit));
  byId("date").textContent = t("data_date", { date: doc.meta.date });
  byId("options").replaceChildren(...CHOICES.map((_, choice) => {
    const button = el("button", { type: "button", title: choiceName(choice), "aria-pressed": "false" },
      named(choiceName(choice)));
    button.addEventListener("click", () => choosePlan(choice));
    return button;
  }));
  const names = Object.keys(doc.areas);
  byId("areas-box").hidden = !names.length;
  byId("band").replaceChildren(el("option", { value: "" }, t("areas_none")),
    ...names.map((name) => el("option", { value: name }, word("bands", name))));
  byId("band").addEventListener("change", (event) => chooseCut(event.target.value));
  byId("only-land").addEventListener("change", (event) => {
    cut.only = event.target.checked;
    redrawCut();
  });
  byId("widen").addEventListener("click", () => {
    widen(byId("widen").getAttribute("aria-pressed") !== "true");
  });
  byId("close-card").addEventListener("click", deselect);
}

function startOptions() {
  document.documentElement.classList.remove("waiting");
  startTabs(OPTION_TABS);
  fillLabels(document);
  fillFrame();
  figuresTable();
  schoolsTable();
  addSettlements();
  startSearch();
  fillLayers();
  showTab("figures");
  map.zoomControl.remove();
  L.control.zoom({ position: "topleft", zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
  scaleBar.addTo(map);
  map.attributionControl.setPrefix(false);
  map.getContainer().setAttribute("aria-label", t("map"));
  countyLayer.addTo(map);
  countyLayer.on("click", (event) => {
    const item = itemOnLand(event.latlng);
    L.DomEvent.stopPropagation(event);
    if (item) select(item);
  });
  selection.addTo(map);
  map.on("click", deselect);
  wholeArea();
  let seen = isShown();
  new ResizeObserver(() => {
    map.invalidateSize({ animate: false });
    if (!seen) wholeArea();
    seen = isShown();
  }).observe(map.getContainer());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.selected) deselect();
  });
  choosePlan(1);
  const first = "1-3" in doc.areas ? "1-3" : Object.keys(doc.areas)[0];
  if (!first) return;
  // After the first frame, as the largest part.
  requestAnimationFrame(() => setTimeout(() => {
    byId("band").value = first;
    chooseCut(first);
  }));
}

startOptions();
