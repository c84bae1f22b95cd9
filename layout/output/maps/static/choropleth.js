// Counties shaded by one measure; five steps that colour-blind readers can order (ColorBrewer).
const RAMP = ["#f1eef6", "#d0d1e6", "#a6bddb", "#74a9cf", "#3690c0"];
const LAND = "#f7f5ef";
const NO_VALUE = "#cfcfcf";

const countyLayer = (function () {
  const made = topojson.feature(doc.topology.counties, doc.topology.counties.objects.data);
  made.features.forEach((feature, index) => {
    feature.properties = { index };
  });
  const layer = L.geoJSON(made, {
    style: () => ({ color: "#6b6b6b", weight: 1.2, fillColor: LAND, fillOpacity: 1 }),
    onEachFeature: (feature, part) => {
      part.item = { kind: "county", index: feature.properties.index };
    },
  });
  layer.bindTooltip(tooltipOfCounty, { sticky: true, direction: "top", offset: [0, -8] });
  layer.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    const own = homeAt(event.latlng) || (area.band ? itemAt(event.latlng) : null);
    select(own || (event.propagatedFrom || event.layer).item);
  });
  return layer;
})();

function tooltipOfCounty(part) {
  const index = part.item.index;
  const lines = [el("strong", {}, named(counties.name[index]))];
  if (state.indicator) {
    const value = indicatorValues(state.plan)[index];
    lines.push(el("span", {}, indicatorTitle() + " " + measureText(state.indicator, value)));
  }
  return el("div", { class: "tip" }, lines);
}

function indicatorTitle() {
  return state.indicator === "closed" ? t("indicator_closed") : words.indicators[state.indicator];
}

function indicatorValues(plan) {
  if (state.indicator === "closed") return plan ? counties.closed : counties.closed.map(() => 0);
  const measure = counties.measures[state.indicator] || {};
  return (plan ? measure.after : measure.before) || [];
}

// Steps are shared by both states, so that the same colour means the same number.
function steps() {
  const values = indicatorValues(true).concat(indicatorValues(false))
    .filter((value) => value !== null && value !== undefined).sort((a, b) => a - b);
  if (!values.length) return [];
  const cuts = [];
  for (let part = 1; part < RAMP.length; part += 1) {
    const cut = rounded(values[Math.floor((part * values.length) / RAMP.length)]);
    if (cut > values[0] && (!cuts.length || cut > cuts[cuts.length - 1])) cuts.push(cut);
  }
  return cuts;
}

function rounded(value) {
  if (value === 0) return 0;
  const digits = isShare(state.indicator) ? 3 : 2;
  const unit = Math.pow(10, Math.floor(Math.log10(Math.abs(value))) - digits + 1);
  return Number((Math.round(value / unit) * unit).toPrecision(digits));
}

function colourOf(value, cuts) {
  if (value === null || value === undefined) return NO_VALUE;
  const place = cuts.filter((cut) => value >= cut).length;
  return RAMP[cuts.length ? Math.round((place * (RAMP.length - 1)) / cuts.length) : 2];
}

function shadeCounties() {
  const cuts = state.indicator ? steps() : [];
  const values = state.indicator ? indicatorValues(state.plan) : [];
  countyLayer.eachLayer((part) => {
    const colour = state.indicator ? colourOf(values[part.item.index], cuts) : LAND;
    part.setStyle({ fillColor: colour, fillOpacity: area.band ? 0 : 1 });
  });
  fillRampLegend(cuts, values);
}

function fillRampLegend(cuts, values) {
  const box = byId("ramp");
  box.replaceChildren();
  box.hidden = !state.indicator;
  if (!state.indicator) return;
  const when = state.plan ? t("plan") : t("today");
  box.append(el("p", { class: "ramp-title" }, indicatorTitle() + " · " + when));
  const rows = cuts.length ? cuts.concat(null) : [];
  rows.forEach((cut, place) => {
    const low = place ? measureText(state.indicator, cuts[place - 1]) : null;
    const high = cut === null ? null : measureText(state.indicator, cut);
    const text = low === null ? "< " + high : high === null ? "≥ " + low : low + " – " + high;
    const colour = RAMP[Math.round((place * (RAMP.length - 1)) / cuts.length)];
    box.append(rampRow(colour, text));
  });
  if (!cuts.length && values.some((value) => value !== null && value !== undefined)) {
    box.append(rampRow(RAMP[2], measureText(state.indicator, values.find((v) => v !== null))));
  }
  if (values.some((value) => value === null || value === undefined) || !values.length) {
    box.append(rampRow(NO_VALUE, t("no_value")));
  }
}

function rampRow(colour, text) {
  const chip = el("span", { class: "chip", "aria-hidden": "true" });
  chip.style.backgroundColor = colour;
  return el("div", { class: "ramp-row" }, chip, el("span", {}, text));
}

function fillIndicators() {
  const choices = [{ value: "", "data-t": "indicator_none" }];
  if (counties.closed.length) choices.push({ value: "closed", "data-t": "indicator_closed" });
  for (const measure of Object.keys(words.indicators)) {
    const held = counties.measures[measure];
    const values = held ? [].concat(held.before || [], held.after || []) : [];
    if (values.some((value) => value !== null)) {
      choices.push({ value: measure, "data-word": "indicators/" + measure });
    }
  }
  const box = byId("indicator");
  box.replaceChildren(...choices.map((attributes) => el("option", attributes)));
  box.addEventListener("change", () => chooseIndicator(box.value));
}

// Counties are shaded, or their land is shared out among the schools: not both.
function chooseIndicator(measure) {
  state.indicator = measure;
  byId("indicator").value = measure;
  if (measure && area.band) {
    byId("band").value = "";
    showBand("");
  } else shadeCounties();
}
