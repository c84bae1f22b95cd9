// Many studies: what each county closes, builds and lacks, and what its study comes to.
const studies = doc.studies;
const counties = doc.counties;
// The search tells of settlements that are still being read; this page has none.
const settlements = { ready: true };

// What the colours can show. Ramps are light to dark; each question has a hue of its own.
const THEMES = {
  closes: { measures: ["closed", "pupils_closed"],
    ramp: ["#feeddc", "#fdc692", "#f9924a", "#dd5f0b", "#993404"] },
  builds: { measures: ["kindergarten_classes", "kindergarten_places", "compulsory_places"],
    ramp: ["#e3f1ee", "#aed9d0", "#67b5ab", "#278a83", "#01524c"] },
  lacks: { measures: ["places_short_kindergarten", "places_short_compulsory"],
    ramp: ["#efe9f4", "#cdbfe0", "#a58cc7", "#7a54a6", "#472277"] },
};
state.theme = "closes";
state.measure = "closed";

// What is lacking when the plan is carried out; the card has it beside today's.
THEMES.lacks.measures.forEach((name) => { counties[name] = counties.measures[name].after; });

function hasPlan(study) {
  return studies.status[study] === "done";
}

const countiesOf = studies.id.map(() => []);
counties.study.forEach((study, county) => countiesOf[study].push(county));

function sumOf(study, measure) {
  const known = countiesOf[study].map((county) => counties[measure][county]).filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

function measureTitle(measure) {
  return words.columns[measure] || words.indicators[measure];
}

function countyName(index) {
  return index === null ? "" : counties.name[index];
}

// Everything that can be found, selected and shown in a card.
const KINDS = {
  study: { table: studies, sign: () => "labels", county: () => null },
  county: { table: counties, sign: () => "labels", county: (i) => i },
};

function placeOf(item) {
  return latLng(KINDS[item.kind].table, item.index);
}

function nameOf(item) {
  const table = KINDS[item.kind].table;
  return table.name[item.index] || table.id[item.index];
}

function fillEntries() {
  const entry = (kind, table, index, extra) => ({ item: { kind, index },
    text: folded(table.name[index] + "\n" + table.id[index] + "\n" + extra) });
  entries = [
    ...studies.id.map((_, index) => entry("study", studies, index, "")),
    ...counties.id.map((_, index) => entry("county", counties, index, studies.name[counties.study[index]])),
  ];
}

function placeWords(item) {
  return item.kind === "county" ? studies.name[counties.study[item.index]]
    : word("statuses", studies.status[item.index]);
}
