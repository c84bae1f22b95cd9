// Parts of cards: what happens if a candidate is forced, how a school grows, who has no place.
const forcedOf = new Map(doc.forced ? doc.forced.school.map((school, row) => [school, row]) : []);

function forcedPart(school) {
  const row = forcedOf.get(school);
  if (row === undefined) return null;
  const { kept, closes, added } = doc.forced;
  const stays = kept[row];
  return el("section", { class: "forced" }, el("h3", {}, t(stays ? "if_kept" : "if_closed")),
    added[row] === null ? el("p", {}, t(stays ? "cannot_keep" : "cannot_close")) : facts([
      [t(stays ? "closes_instead" : "closes_too"), closes[row].length ? closes[row].map((one) =>
        el("div", {}, typeof one === "number" ? goto({ kind: "school", index: one }) : named(one)))
        : t("nobody_else")],
      [t("all_pupils"), t("pupil_minutes", { value: number(added[row]) })],
    ]));
}

// A school that grows: what it gains stands on its own card.
function growthPart(school) {
  return rowsOf(sites).filter((row) => sites.kind[row] === "expansion" && sites.id[row] === schools.id[school])
    .map((row) => [
      el("h3", {}, t("grows_for", { programme: word("programmes", sites.programme[row]) })),
      sizePart(row),
      facts([[t("served"), number(sites.served[row])],
        [word("kinds", sites.kind[row]), goto({ kind: "site", index: row })]]),
    ]).flat();
}

function sizePart(site) {
  const school = schools.id.indexOf(sites.id[site]);
  const rows = [["classes", sites.classes_before, sites.classes], ["places", sites.places_before, sites.places]]
    .filter(([, before]) => before && before[site] !== null)
    .map(([key, before, more]) => [t(key), number(before[site]), number(before[site] + more[site])]);
  if (school >= 0) rows.push([t("pupils"), number(schools.pupils[school]), number(schools.plan[school])]);
  return rows.length ? beforeAfter(t("measure"), rows) : null;
}

// Children who want a kindergarten place in a county, and its places, year by year.
function yearsPart(county) {
  const years = doc.missing && doc.missing.years;
  const row = years ? years.county.indexOf(county) : -1;
  if (row < 0) return null;
  const head = [t("year"), t("want_place"), t("places_plan"), t("places_over"), t("without_place")];
  const body = years.children[row].map((children, later) => [
    String(years.first[row] + later), number(children), number(years.after[row]),
    number(years.after[row] - children), later ? "–" : number(years.left[row]),
  ]);
  return el("section", {}, el("h3", {}, t("kindergarten_years")),
    facts([[t("places_today"), number(years.before[row])],
      [t("without_place_today"), number(years.today[row])]]),
    smallTable(head, body), el("p", { class: "quiet" }, t("places_far")));
}

function missingPart(county) {
  const table = doc.missing && doc.missing.townships;
  if (!table) return null;
  return missingTables(rowsOf(table).filter((row) => table.county[row] === county));
}

// Who has no place after the plan, by township, and what would serve most of them: a table for
// each stage and year.
function missingTables(rows) {
  const table = doc.missing.townships;
  const left = rows.filter((row) => table.unserved[row]).sort((a, b) => table.unserved[b] - table.unserved[a]);
  const head = [words.columns.township, t("want_place"), t("places_plan"), t("without_place"), t("cure")];
  const parts = indexRows(left.map((row) => table.stage[row] + "/" + table.year[row]));
  return Array.from(parts.values()).map((own) => {
    const first = left[own[0]];
    const stage = doc.missing.stages[table.stage[first]] || table.stage[first];
    return el("section", {}, el("h3", {}, t("missing_townships", { stage, year: String(table.year[first]) })),
      smallTable(head, own.map((at) => [
        named(table.name[left[at]] || table.code[left[at]]), number(table.children[left[at]]),
        number(table.places[left[at]]), number(table.unserved[left[at]]),
        doc.missing.cures[table.cure[left[at]]] || "–",
      ])));
  });
}

function smallTable(head, rows) {
  const kinds = head.map((title, place) => (place && rows.every((cells) => /^[\d.,–-]+$/.test(cells[place]))
    ? "number" : null));
  return el("div", { class: "wide" }, el("table", { class: "grid small" },
    el("thead", {}, el("tr", {}, head.map((text, place) => el("th", { scope: "col", class: kinds[place] }, text)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, place) =>
      el("td", { class: kinds[place] }, cell)))))));
}
