// The layers of the map, built when first shown, and the list that switches them.

const LAYERS = [
  { key: "belt", group: "base", on: true, build: beltLayer, present: () => Boolean(doc.topology.belt) },
  { key: "settlements", group: "base", on: false, build: () => homeLayer,
    count: () => doc.settlements.count, legend: homesLegend },
  ...["special", "senior", "preschool", "primary", "junior"].map((stage) => ({
    key: stage, group: "schools", on: false, build: () => stageLayer(stage),
    count: () => ordinary(stage).length,
  })),
  { key: "moves", group: "programme", on: true, plan: true, build: movesLayer,
    count: () => flows.length },
  { key: "receivers", group: "programme", on: true, plan: true, build: receiverLayer,
    count: () => receiving().length },
  siteEntry("other_sites"),
  siteEntry("kindergarten_expansion"),
  siteEntry("compulsory_expansion"),
  beltEntry("uncertain"),
  beltEntry("retained"),
  { key: "closed", group: "programme", on: true, build: closedLayer, count: () => closureOf.size,
    always: true },
  siteEntry("kindergarten_new", true),
  siteEntry("compulsory_new", true),
  { key: "roads", group: "base", on: true, build: () => roadLayer, present: () => Boolean(doc.roads || doc.graph) },
  { key: "rivers", group: "base", on: true, build: () => riverLayer,
    present: () => riverLines.length > 0 },
  { key: "townships", group: "base", on: true, build: () => borderLayer,
    present: () => townships.id.length > 1, count: () => drawnTownships },
  { key: "labels", group: "base", on: true, build: () => namesLayer },
];
// The order in which a reader looks for them; the order above is the order of drawing.
const LISTED = [
  "closed", "receivers", "moves", "retained", "uncertain", "kindergarten_new", "kindergarten_expansion",
  "compulsory_new", "compulsory_expansion", "other_sites", "preschool", "primary", "junior",
  "senior", "special", "settlements", "roads", "rivers", "belt", "townships",
  "labels",
];

function siteEntry(sign, always) {
  const rows = () => rowsOf(sites).filter((row) => siteSign(row) === sign);
  return {
    key: sign, group: "programme", on: true, plan: true, always,
    build: () => signLayer(rows().map((index) => ({ kind: "site", index })), sign),
    count: () => rows().length,
  };
}

function beltEntry(sign) {
  const rows = () => rowsOf(retained).filter((row) => beltSign(row) === sign)
    .filter((row) => retained.school[row] !== null);
  return {
    key: sign, group: "programme", on: true, always: sign === "retained",
    build: () => signLayer(
      rows().filter((row) => !closureOf.has(retained.school[row]))
        .map((row) => ({ kind: "school", index: retained.school[row] })), sign),
    count: () => rows().length,
  };
}

function ordinary(stage) {
  return rowsOf(schools).filter((school) => schoolSign(school) === stage);
}

function signLayer(items, sign) {
  const group = L.featureGroup();
  for (const item of items) {
    const place = placeOf(item);
    if (!place) continue;
    const layer = new Sign(place, { sign });
    layer.item = item;
    group.addLayer(layer);
  }
  return interactive(group);
}

// Schools that take in pupils of closed ones; border schools have a sign of their own.
function receiving() {
  return Array.from(movesTo.keys()).filter((school) => schoolSign(school) === stageOf(school));
}

function receiverLayer() {
  return signLayer(receiving().map((index) => ({ kind: "school", index })), "receivers");
}

function interactive(group) {
  group.bindTooltip(tooltipOf, { sticky: true, direction: "top", offset: [0, -8] });
  group.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    select(event.propagatedFrom ? event.propagatedFrom.item : event.layer.item);
  });
  return group;
}

function tooltipOf(layer) {
  const item = layer.item;
  const lines = [el("strong", {}, named(nameOf(item)))];
  if (item.kind === "school" || item.kind === "settlement") {
    const count = item.kind === "school" ? pupilsText(schools.pupils[item.index])
      : childrenText(item.index);
    const title = item.kind === "school" ? t("pupils") : t("children");
    lines.push(el("span", {}, title + " " + count));
  } else if (item.kind === "site") {
    lines.push(el("span", {}, t("places") + " " + number(sites.places[item.index])));
  }
  return el("div", { class: "tip" }, lines);
}

function stageLayer(stage) {
  return signLayer(ordinary(stage).map((index) => ({ kind: "school", index })), stage);
}

function closedLayer() {
  const items = Array.from(closureOf.keys()).map((index) => ({ kind: "school", index }));
  return signLayer(items, state.plan ? "closed" : "closed_today");
}

function movesLayer() {
  const group = L.featureGroup();
  for (const flow of flows) {
    const from = latLng(schools, flow.from), to = latLng(schools, flow.to);
    if (!from || !to) continue;
    const weight = Math.min(5, 1.2 + Math.sqrt(flow.pupils) / 3);
    const line = L.polyline([from, to], { color: MOVE_COLOUR, weight, opacity: 0.85 });
    line.item = { kind: "school", index: flow.from };
    group.addLayer(line);
  }
  return interactive(group);
}

function beltLayer() {
  const shape = topojson.feature(doc.topology.belt, doc.topology.belt.objects.data);
  return L.geoJSON(shape, { style: { hatched: true }, interactive: false });
}

function wanted(entry) {
  return entry.on && isPresent(entry) && (state.plan || !entry.plan);
}

function showLayers() {
  for (const entry of LAYERS) {
    if (entry.key === "closed" && entry.layer && entry.drawnFor !== state.plan) {
      entry.layer.remove();
      entry.layer = null;
    }
    if (wanted(entry)) {
      if (!entry.layer) {
        entry.layer = entry.build();
        entry.drawnFor = state.plan;
      }
      if (!map.hasLayer(entry.layer)) entry.layer.addTo(map);
    } else if (entry.layer && entry.key !== "townships") entry.layer.remove();
  }
  for (const entry of LAYERS) {
    if (entry.layer && map.hasLayer(entry.layer) && !(entry.layer instanceof PaintLayer)) entry.layer.bringToFront();
  }
  selection.bringToFront();
  rearrange();
  borderLayer.draw();
  namesLayer.draw();
}

function isPresent(entry) {
  if (entry.present) return entry.present();
  return entry.always || !entry.count || entry.count() > 0;
}

function layerTitle(entry) {
  if (entry.key === "belt") return t("layer_belt", { km: number(doc.meta.belt_km) });
  if (entry.key === "closed" && !state.plan) return t("layer_closed_today");
  if (entry.key === "townships" && townships.sketched) return t("layer_townships_sketched");
  return t("layer_" + entry.key);
}

function listed() {
  return LISTED.map((key) => LAYERS.find((entry) => entry.key === key)).filter(isPresent);
}

function fillLayerList() {
  const groups = ["programme", "schools", "base"].map((group) => {
    const rows = listed().filter((entry) => entry.group === group)
      .flatMap((entry) => [layerRow(entry), wanted(entry) && entry.legend ? entry.legend() : null]);
    return el("fieldset", {}, el("legend", {}, t("group_" + group)), rows);
  });
  byId("layers").replaceChildren(...groups);
}

function layerRow(entry) {
  const box = el("input", { type: "checkbox", id: "layer-" + entry.key });
  box.checked = entry.on;
  box.addEventListener("change", () => {
    entry.on = box.checked;
    refresh();
  });
  const sign = entry.key === "closed" && !state.plan ? "closed_today" : entry.key;
  const count = entry.count ? el("span", { class: "count" }, number(entry.count())) : null;
  const faded = entry.plan && !state.plan;
  return el("label", { class: faded ? "layer faded" : "layer", for: box.id,
    title: faded ? t("sites_hidden") : null },
  box, swatch(sign), el("span", { class: "layer-name" }, layerTitle(entry)), count);
}
