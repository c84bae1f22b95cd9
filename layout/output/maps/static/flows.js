// Who goes where: the settlements of each school, by band, today and in the plan.
const FLOW_MODES = ["walk", "bus", "board"];
const COMPULSORY = ["1-3", "4-6", "7-9"];
// By band the rows of both states, by school and by settlement; filled when they are unpacked.
const groups = new Map();
// The band of the list on a card, "" for that of the map, and how many of its rows are shown.
const listing = { band: "", most: 0 };
const FLOW_ROWS = 12;

// New sites follow the schools in the numbers of areas and groups.
const newSites = rowsOf(sites).filter((row) => sites.kind[row] === "new");

function itemOfArea(place) {
  if (place < 0) return null;
  if (place < schools.id.length) return { kind: "school", index: place };
  return { kind: "site", index: newSites[place - schools.id.length] };
}

function placeOfItem(item) {
  if (item.kind === "school") return item.index;
  if (item.kind !== "site") return null;
  const at = newSites.indexOf(item.index);
  return at >= 0 ? schools.id.length + at : schools.id.indexOf(sites.id[item.index]);
}

// Rows of both states and those of one alone; by school and by settlement.
function groupsOf(raw, name, band) {
  const rows = [];
  for (const part of [raw.both, raw[name]]) {
    part.settlement.forEach((settlement, at) => {
      rows.push({ band, settlement, school: part.school[at], pupils: part.pupils[at],
        minutes: part.minutes[at] < 0 ? null : part.minutes[at],
        mode: FLOW_MODES[part.mode[at]] || null });
    });
  }
  return { rows, of: indexRows(rows.map((row) => row.school)),
    at: indexRows(rows.map((row) => row.settlement)) };
}

function rowsAt(band, now, key, place) {
  const own = groups.get(band);
  return own ? (own[now][key].get(place) || []).map((row) => own[now].rows[row]) : [];
}

function flowRows(names, now, key, place) {
  return names.flatMap((band) => rowsAt(band, now, key, place)).map(withWay);
}

// Of bands that the plan leaves as they are it knows no minutes: by bus on the roads of the page.
function withWay(row) {
  if (row.minutes !== null || row.mode || row.school < 0 || !graph) return row;
  const needed = minutesTo(searchTo(row.school, "bus"), row.settlement);
  return Object.assign(row, { minutes: needed, found: needed !== null });
}

function shownState() {
  return state.plan ? "after" : "before";
}

// Bands in which anybody comes to a school or leaves a settlement, in either state.
function bandsAt(key, place) {
  return Array.from(groups.keys()).filter((band) => ["before", "after"]
    .some((now) => rowsAt(band, now, key, place).length));
}

// The bands of a list: chosen on the card, else that of the map, else all that are compulsory.
function listedBands(key, place) {
  const present = bandsAt(key, place);
  const compulsory = present.filter((band) => COMPULSORY.includes(band));
  const wish = listing.band || area.band;
  if (present.includes(wish)) return [wish];
  return compulsory.length ? compulsory : present.slice(0, 1);
}

function pupilsOf(rows) {
  return rows.reduce((total, row) => total + row.pupils, 0);
}

// Who comes to a school or site, in both states; the longest ways of the state shown first.
function areaPart(item) {
  const place = placeOfItem(item);
  if (place === null || place < 0 || !bandsAt("of", place).length) return null;
  const names = listedBands("of", place), present = bandsAt("of", place);
  const sum = (band, now) => pupilsOf(rowsAt(band, now, "of", place));
  const totals = names.map((band) => [word("bands", band), number(sum(band, "before")),
    number(sum(band, "after"))]);
  if (names.length > 1) {
    totals.push([t("flows_all"), ...["before", "after"].map((now) =>
      number(pupilsOf(flowRows(names, now, "of", place))))]);
  }
  const rows = flowRows(names, shownState(), "of", place);
  return el("section", { class: "area-part" },
    el("h3", {}, t("area_of", { band: bandTitle(names) })), bandChoice("of", place, names),
    beforeAfter(t("pupils"), totals), flowMinutes(names, place, present),
    rows.length ? flowTable(rows, names, "settlement",
      (row) => ({ kind: "settlement", index: row.settlement }))
      : el("p", { class: "quiet" }, t("area_nobody")));
}

function bandTitle(names) {
  return names.length > 1 ? t("flows_all") : word("bands", names[0]);
}

// Mean and longest minutes of the bands listed, in both states; of all together the card tells.
function flowMinutes(names, place, present) {
  if (COMPULSORY.every((band) => names.includes(band) || !present.includes(band))) return null;
  const [before, after] = ["before", "after"].map((now) =>
    meanMinutes(flowRows(names, now, "of", place)));
  if (before.longest === null && after.longest === null) return null;
  return beforeAfter(t("minutes_of", { band: bandTitle(names) }), [[t("mean"), minutes(before.mean), minutes(after.mean)],
    [t("longest"), minutes(before.longest), minutes(after.longest)]]);
}

function meanMinutes(rows) {
  const known = rows.filter((row) => row.minutes !== null), pupils = pupilsOf(known);
  return { pupils,
    mean: pupils ? known.reduce((sum, row) => sum + row.minutes * row.pupils, 0) / pupils : null,
    longest: known.reduce((most, row) => (most === null ? row.minutes
      : Math.max(most, row.minutes)), null) };
}

function bandChoice(key, place, names) {
  const present = bandsAt(key, place);
  if (present.length < 2) return null;
  const compulsory = present.filter((band) => COMPULSORY.includes(band));
  const choices = present.map((band) => [band, word("bands", band)]);
  if (compulsory.length > 1) choices.unshift(["all", t("flows_all")]);
  const box = el("select", { class: "flow-band", "aria-label": t("flows_band") },
    choices.map(([value, text]) => el("option", { value }, text)));
  box.value = names.length > 1 ? "all" : names[0];
  box.addEventListener("change", () => {
    listing.band = box.value;
    select(state.selected);
    const fresh = byId("card-body").querySelector(".flow-band");
    if (fresh) fresh.focus();
  });
  return box;
}

// Where the children of a settlement go, of the bands listed.
function areaOfSettlement(settlement) {
  const names = bandsAt("at", settlement);
  const rows = flowRows(names, shownState(), "at", settlement);
  if (!rows.length) return null;
  return el("section", { class: "area-part" },
    el("h3", {}, t("goes_to", { band: state.plan ? t("plan") : t("today") })),
    flowTable(rows, names, "to_school", (row) => itemOfArea(row.school)));
}

function longestFirst(a, b) {
  return (b.minutes ?? -1) - (a.minutes ?? -1) || b.pupils - a.pupils
    || a.settlement - b.settlement;
}

function flowTable(rows, names, title, itemOf) {
  const several = names.length > 1;
  const head = [words.columns[title], several ? words.columns.band : null, words.columns.pupils,
    words.columns.mode, t("minutes_short")].filter((text) => text !== null)
    .map((text) => el("th", { scope: "col" }, text));
  const line = (row) => {
    const item = itemOf(row);
    return el("tr", {}, el("td", {}, item ? goto(item) : t("no_place")),
      several ? el("td", { class: "whole" }, word("bands", row.band)) : null,
      el("td", { class: "number" }, number(row.pupils)),
      el("td", {}, row.mode ? word("modes", row.mode) : "–"),
      el("td", { class: "number" }, tenth(row.minutes)));
  };
  const sorted = title === "settlement" ? rows.slice().sort(longestFirst) : rows;
  const body = el("tbody", {}, sorted.slice(0, FLOW_ROWS).map(line));
  const more = sorted.length > FLOW_ROWS ? el("button", { type: "button", class: "more" },
    t("flows_more", { count: number(sorted.length - FLOW_ROWS) })) : null;
  if (more) {
    more.addEventListener("click", () => {
      body.append(...sorted.slice(FLOW_ROWS).map(line));
      body.rows[FLOW_ROWS].querySelector("button, td").focus();
      more.remove();
    });
  }
  const note = rows.some((row) => row.found) ? el("p", { class: "quiet" }, t("flows_found")) : null;
  return [el("div", { class: "wide flow-list" }, el("table", { class: "grid" },
    el("thead", {}, el("tr", {}, head)), body)), more, note];
}

// Settlements, and who of them goes where: unpacked after the first picture.
async function startFlows() {
  const [table, more, raw] = await Promise.all([unpacked(doc.settlements.packed),
    doc.schools.packed ? unpacked(doc.schools.packed) : {}, doc.flows ? unpacked(doc.flows) : {}, startRoutes()]);
  Object.assign(schools, more);
  Object.assign(settlements, table, { ready: true });
  if (isPublic) readPublicHomes();
  settlements.later_mean = (table.later_mean || []).map((step, at) => (step === null ? null
    : (table.today_mean[at] || 0) + step));
  for (const [band, parts] of Object.entries(raw)) {
    groups.set(band, { before: groupsOf(parts, "before", band),
      after: groupsOf(parts, "after", band) });
  }
  addSettlements();
  // Minutes of schools have come too: their columns were left out while there were none.
  schoolsTable();
  completePairs();
  showHomes();
  if (state.selected) select(state.selected);
}
