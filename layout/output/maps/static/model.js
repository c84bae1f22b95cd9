// What belongs together: each school with its closure, its belt row, its moves.
const schools = { ...doc.schools, stages: {}, today_mean: [], today_max: [], later_mean: [],
  later_max: [] };
const sites = doc.sites;
// The longest table, and what only cards show, is unpacked once the first picture stands.
const settlements = { id: [], name: [], x: [], y: [], county: [], children: [], today_mean: [],
  later_mean: [], ready: false };
const counties = doc.counties;
const moves = doc.moves;
const closures = doc.closures;
const retained = doc.retained;
const served = doc.served;

function indexRows(keys) {
  const found = new Map();
  keys.forEach((key, row) => {
    if (key === null) return;
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(row);
  });
  return found;
}

const closureOf = new Map(closures.school.map((school, row) => [school, row]));
const retainedOf = new Map(retained.school.map((school, row) => [school, row]));
const movesFrom = indexRows(moves.from);
const movesTo = indexRows(moves.to);
const movesOfSettlement = indexRows(moves.settlement);
const servedAt = indexRows(served.site);
const servedFrom = indexRows(served.from);
const servedOfSettlement = indexRows(served.settlement);

function beltSign(row) {
  if (retained.belt[row] === "uncertain" && !retained.official[row]) return "uncertain";
  const inside = retained.belt[row] === "in" || retained.official[row];
  return inside ? "retained" : null;
}

function siteSign(row) {
  const programme = sites.programme[row];
  if (programme !== "kindergarten" && programme !== "compulsory") return "other_sites";
  return programme + (sites.kind[row] === "new" ? "_new" : "_expansion");
}

function stageOf(school) {
  return schools.types[schools.type[school]].stage;
}

function schoolSign(school) {
  if (closureOf.has(school)) return "closed";
  const row = retainedOf.get(school);
  return (row !== undefined && beltSign(row)) || stageOf(school);
}

function stateOf(school) {
  if (closureOf.has(school)) return "closed";
  const row = retainedOf.get(school);
  const sign = row === undefined ? null : beltSign(row);
  if (sign) return sign;
  return movesTo.has(school) ? "receiver" : "open";
}

function countyName(index) {
  return index === null ? "" : counties.name[index];
}

// Flows between schools: pupils summed over the groups that move.
const flows = (function () {
  const found = new Map();
  rowsOf(moves).forEach((row) => {
    const from = moves.from[row], to = moves.to[row];
    if (from === null || to === null) return;
    const key = from + ">" + to;
    if (!found.has(key)) found.set(key, { from, to, pupils: 0, rows: [] });
    const flow = found.get(key);
    flow.pupils += moves.pupils[row];
    flow.rows.push(row);
  });
  return Array.from(found.values());
})();

function weightedMinutes(rows, column) {
  let pupils = 0, total = 0, longest = null;
  for (const row of rows) {
    const value = moves[column][row];
    if (value === null) continue;
    pupils += moves.pupils[row];
    total += value * moves.pupils[row];
    longest = longest === null ? value : Math.max(longest, value);
  }
  return { mean: pupils ? total / pupils : null, longest, pupils };
}

// Everything that can be found, selected and shown in a card.
const KINDS = {
  school: { table: schools, sign: schoolSign, county: (i) => schools.county[i] },
  site: { table: sites, sign: siteSign, county: (i) => sites.county[i] },
  settlement: { table: settlements, sign: () => "settlements", county: (i) => settlements.county[i] },
  county: { table: counties, sign: () => "labels", county: (i) => i },
};

function placeOf(item) {
  return latLng(KINDS[item.kind].table, item.index);
}

function nameOf(item) {
  const table = KINDS[item.kind].table;
  return table.name[item.index] || table.id[item.index] || "…";
}
