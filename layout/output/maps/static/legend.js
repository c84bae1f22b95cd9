// Lines that no switch of a layer explains: what stands for borders, roads, land and ways.
function shownLines() {
  return [
    ["county_line", true], ["township_line", townships.id.length > 1],
    ["chosen_now", Boolean(area.band)], ["chosen_other", Boolean(area.band)],
    ["changed", Boolean(area.band) && area.changes],
    ["way_now", true], ["way_before", state.plan && flows.length > 0],
  ].filter(([, shown]) => shown).map(([key]) => key);
}

function lineTitle(key) {
  if (key === "township_line" && townships.sketched) return t("line_township_sketched");
  const now = state.plan === (key === "chosen_now");
  return t("line_" + key, { state: t(now ? "plan" : "today") });
}

function fillLineLegend() {
  byId("line-legend").replaceChildren(...shownLines().map((key) => (
    el("li", {}, swatch(key), el("span", {}, lineTitle(key))))));
}

// On paper only what the sheet may show: borders, and the land of the chosen school.
function lineLegend() {
  const chosen = state.selected !== null;
  return shownLines().filter((key) => chosen || key === "county_line"
    || (key === "township_line" && entryOf("townships").on && townshipPixels() > 40))
    .map((key) => el("div", { class: "legend-row" }, swatch(key), el("span", {}, lineTitle(key))));
}
