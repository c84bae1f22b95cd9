// On paper: the map with its legend and the sums, then the studies one by one.
function startPaper() {
  byId("paper").addEventListener("change", setPaper);
  setPaper();
  byId("print").addEventListener("click", () => window.print());
  window.addEventListener("beforeprint", () => {
    if (!byId("sheets").children.length) lay(provinceSheets());
  });
  window.addEventListener("afterprint", clearSheets);
}

function provinceSheets() {
  widen(false);
  return [...(isShown() ? [mapSheet()] : []), studiesSheet()];
}

function mapSheet() {
  const bounds = map.getBounds(), whole = isWhole(), back = ontoPaper();
  try {
    map.fitBounds(whole ? countyLayer.getBounds() : bounds, { animate: false, padding: whole ? [8, 8] : [0, 0] });
    redrawNow();
    const large = byId("paper").value === "a3";
    return el("section", { class: "paper-sheet" + (large ? " large" : "") }, paperTitle(),
      el("div", { class: "paper-map" }, picture(null), overlay()),
      el("div", { class: "paper-legend" }, paperLegend(), facts(doc.figures.map(({ title, value, asked }) => [
        title, number(value) + (asked ? " / " + number(asked) : "")]))),
      sheetFoot());
  } finally {
    back();
  }
}

function paperTitle() {
  return el("header", { class: "paper-title" },
    el("h2", {}, named(doc.meta.title), " · ", named(doc.meta.scenario)),
    el("p", {}, t("theme_" + state.theme) + " · " + measureTitle(state.measure)));
}

function paperLegend() {
  return [el("h3", {}, t("legend")), el("div", { class: "paper-key" },
    el("p", { class: "ramp-title" }, measureTitle(state.measure)), legendRows(), lineRows())];
}

function studiesSheet() {
  const keys = ["close_asked", "closed", "one_less", "one_more", "pupils_moved", "kindergarten_classes",
    "compulsory_sites", "places_short"];
  const head = [words.columns.name, words.columns.status, ...keys.map((key) => words.columns[key])];
  const rows = studies.id.map((_, study) => el("tr", {}, el("th", { scope: "row" }, named(studies.short[study])),
    el("td", {}, word("endings", studies.status[study])),
    keys.map((key) => el("td", { class: "number" }, number(studies[key][study])))));
  return el("section", { class: "paper-studies" }, el("p", { class: "paper-from" },
    doc.meta.modelled ? el("span", { class: "mark mark-modelled" }, t("modelled")) : null,
    named(doc.meta.title), " · " + t("internal") + " · " + t("tab_studies")),
  doc.sharing.map((line) => el("p", {}, named(line))),
  el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, rows)),
  doc.notes.map((line) => el("p", {}, named(line))));
}
