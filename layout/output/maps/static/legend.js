// Lines that no switch of a layer explains: what stands for borders, roads, land and ways.
function shownLines() {
  return [
    ["county_line", true],
    ["chosen_now", Boolean(area.band)], ["chosen_other", Boolean(area.band)],
    ["changed", Boolean(area.band)],
    ["way_now", true], ["way_before", state.plan && flows.length > 0],
  ].filter(([, shown]) => shown).map(([key]) => key);
}

function lineTitle(key) {
  const now = state.plan === (key === "chosen_now");
  return t("line_" + key, { state: t(now ? "plan" : "today") });
}

function fillLineLegend() {
  byId("line-legend").replaceChildren(...shownLines().map((key) => (
    el("li", {}, swatch(key), el("span", {}, lineTitle(key))))));
}

// On paper only what the sheet shows: borders, and the land and ways of what is chosen.
function lineLegend() {
  const chosen = state.selected !== null;
  return shownLines().filter((key) => key === "county_line" || (key === "changed" ? area.changes : chosen))
    .map((key) => el("div", { class: "legend-row" }, swatch(key), el("span", {}, lineTitle(key))));
}
