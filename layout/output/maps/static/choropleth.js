// Counties shaded by one measure, light enough that every sign stands out on the darkest step; the
// change between the states on a ramp of two sides. Both keep their order for colour-blind readers.
const RAMP = ["#fafcfe", "#e6eff8", "#d3e4f4", "#c0d9ef", "#aed0ec"];
const CHANGE_RAMP = ["#aed0ec", "#c9dff2", "#e4eff8", "#fbfbfb", "#fcecd9", "#f8dab6", "#f3ca99"];
const LAND = "#f7f5ef";
const NO_VALUE = "#cfcfcf";

map.createPane("land").style.zIndex = 345;
let countyColours = counties.id.map(() => LAND);

const landLayer = new PaintLayer({ pane: "land", paint: (context) => {
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  countyRings.forEach((rings, index) => {
    pathOf(context, rings, scale, corner);
    context.fillStyle = countyColours[index];
    context.fill("evenodd");
  });
} });

const countyLayer = (function () {
  const made = topojson.feature(doc.topology.counties, doc.topology.counties.objects.data);
  made.features.forEach((feature, index) => {
    feature.properties = { index };
  });
  const layer = L.geoJSON(made, {
    // Only to be pointed at: what is seen is painted below land and roads.
    style: () => ({ stroke: false, fillOpacity: 0 }),
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
    lines.push(el("span", {}, rampTitle() + " " + shownText(shownValues()[index])));
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

// Measures whose change can be shown: known in both states.
function hasChange() {
  const measure = counties.measures[state.indicator] || {};
  return Boolean(measure.before && measure.after);
}

// What the colours show: one state, or the plan less today.
function shownValues() {
  if (!state.change || !hasChange()) return indicatorValues(state.plan);
  const before = indicatorValues(false);
  return indicatorValues(true).map((after, at) => (
    after === null || before[at] === null ? null : Number((after - before[at]).toFixed(4))));
}

function shownText(value) {
  if (!state.change || !hasChange()) return measureText(state.indicator, value);
  if (value === null || value === undefined) return "–";
  return signed(measureText(state.indicator, Math.abs(value)), value);
}

function signed(text, value) {
  if (!/[1-9]/.test(text)) return text;
  return (value > 0 ? "+" : "−") + text;
}

// The finest step that a reader can tell in the numbers themselves.
function finestStep() {
  return isShare(state.indicator) ? 0.01 : 1;
}

// Classes and their colours; both states share them, so that a colour means the same number.
function shading() {
  if (state.change && hasChange()) {
    const limits = changeLimits(shownValues().filter((value) => value !== null), finestStep());
    return { limits, colours: limits.length ? CHANGE_RAMP : [CHANGE_RAMP[3]] };
  }
  const values = indicatorValues(true).concat(indicatorValues(false))
    .filter((value) => value !== null && value !== undefined);
  const limits = roundLimits(values, RAMP.length, finestStep());
  return { limits, colours: rampColours(RAMP, limits.length + 1) };
}

function colourOf(value, { limits, colours }) {
  return value === null || value === undefined ? NO_VALUE : colours[classOf(value, limits)];
}

function shadeCounties() {
  const classes = state.indicator ? shading() : null;
  const values = state.indicator ? shownValues() : [];
  countyColours = counties.id.map((_, index) => (classes ? colourOf(values[index], classes) : LAND));
  landLayer.draw();
  byId("change-box").hidden = !state.indicator || !hasChange();
  fillRampLegend(classes, values);
  fillLineLegend();
  if (map.hasLayer(namesLayer)) namesLayer.draw();
}

function rampTitle() {
  const when = state.change && hasChange() ? t("change_title") : state.plan ? t("plan") : t("today");
  return indicatorTitle() + " · " + when;
}

function fillRampLegend(classes, values) {
  const box = byId("ramp");
  box.replaceChildren();
  box.hidden = !state.indicator;
  if (!classes) return;
  box.append(el("p", { class: "ramp-title" }, rampTitle()));
  const { limits, colours } = classes, known = values.filter((v) => v !== null && v !== undefined);
  const change = state.change && hasChange();
  // Classes in which neither state has a value are left out at both ends of a change.
  const used = known.map((value) => classOf(value, limits));
  colours.forEach((colour, place) => {
    if (change && limits.length && !used.includes(place) && place !== 3) return;
    box.append(rampRow(colour, classText(limits, place, change, known)));
  });
  if (known.length < values.length || !values.length) box.append(rampRow(NO_VALUE, t("no_value")));
}

function classText(limits, place, change, known) {
  if (!limits.length) return known.length ? shownText(known[0]) : "–";
  if (change && place === 3) return t("change_none");
  const low = place ? limits[place - 1] : null, high = place < limits.length ? limits[place] : null;
  // Beside "no change" the limit itself is nought.
  const text = (value) => shownText(change && Math.abs(value) < finestStep() ? 0 : value)
    .replace(/\.0(%?)$/, "$1");
  if (low === null) return "< " + text(high);
  return high === null ? "≥ " + text(low) : t("range", { low: text(low), high: text(high) });
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
  byId("change").addEventListener("change", (event) => {
    state.change = event.target.checked;
    shadeCounties();
  });
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
