// Several plans: places (schools, then new sites), and what each plan does with them.
const schools = doc.schools;
const sites = doc.sites;
const settlements = { ...doc.settlements, ready: true };
const counties = doc.counties;
const plans = doc.options;
const CHOICES = ["before", ...plans.keys()];
state.choice = 1;

function indexRows(keys) {
  const rows = new Map();
  keys.forEach((key, row) => {
    if (!rows.has(key)) rows.set(key, []);
    rows.get(key).push(row);
  });
  return rows;
}

for (const plan of plans) {
  plan.closes = new Set(plan.closed);
  plan.takes = new Set(plan.receives);
  plan.more = new Map(plan.changed.map((place, row) => [place, plan.change[row]]));
  plan.rows = new Map(plan.sites.map((place, row) => [place, row]));
}

function choiceName(choice) {
  return choice === 0 ? t("today") : plans[choice - 1].name;
}

const CUT_MODES = ["walk", "bus", "board"];

function itemOfPlace(place) {
  if (place < 0) return null;
  const site = place - schools.id.length;
  return site < 0 ? { kind: "school", index: place } : { kind: "site", index: site };
}

function placeOfThing(item) {
  return item.kind === "site" ? schools.id.length + item.index : item.index;
}

// What a plan does with a place, as the key of a sentence.
function answerOf(choice, place) {
  const site = place >= schools.id.length;
  if (choice === 0) return site ? "absent" : "stays";
  const plan = plans[choice - 1];
  if (site) return plan.rows.has(place) ? "site" : "absent";
  if (plan.closes.has(place)) return "closes";
  if (plan.rows.has(place)) return "grows";
  return plan.takes.has(place) ? "receives" : "stays";
}

function answersOf(place) {
  return CHOICES.slice(1).map((_, at) => answerOf(at + 1, place));
}

function differs(place) {
  return new Set(answersOf(place)).size > 1;
}

function pupilsUnder(choice, place) {
  const today = place < schools.id.length ? schools.pupils[place] : 0;
  return choice === 0 ? today : today + (plans[choice - 1].more.get(place) || 0);
}

function countyName(index) {
  return index === null ? "" : counties.name[index];
}

function signOf(choice, place) {
  if (place >= schools.id.length) return siteSignOf(place - schools.id.length);
  const answer = answerOf(choice, place);
  if (answer === "closes") return "closed";
  if (answer === "receives" || answer === "grows") return "receiver";
  return plans.some((plan) => plan.closes.has(place)) ? "closed_today"
    : schools.types[schools.type[place]].stage;
}

function siteSignOf(site) {
  const sign = sites.programme[site] + "_new";
  return SIGNS[sign] ? sign : "other_sites";
}

const KINDS = {
  school: { table: schools, sign: (i) => signOf(state.choice, i), county: (i) => schools.county[i] },
  site: { table: sites, sign: siteSignOf, county: (i) => sites.county[i] },
  settlement: { table: settlements, sign: () => "settlements", county: (i) => settlements.county[i] },
  county: { table: counties, sign: () => "labels", county: (i) => i },
};

function placeOf(item) {
  return latLng(KINDS[item.kind].table, item.index);
}

function nameOf(item) {
  const table = KINDS[item.kind].table;
  return table.name[item.index] || table.id[item.index];
}
