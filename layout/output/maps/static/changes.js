// Who changes school: from which to which, by band; a table whose rows are pairs on the map.
const pairs = { id: [], name: [], x: [], y: [], county: [], from: [], to: [], band: [], rows: [] };

(function () {
  const found = new Map();
  const add = (from, to, band, row) => {
    const key = from + ">" + to + ">" + band;
    if (!found.has(key)) found.set(key, { from, to, band, rows: [] });
    found.get(key).rows.push(row);
  };
  for (const row of rowsOf(moves)) {
    if (moves.from[row] === null || moves.to[row] === null) continue;
    add(moves.from[row], moves.to[row], moves.band[row], { settlement: moves.settlement[row],
      pupils: moves.pupils[row], mode: moves.mode[row], mode_before: moves.before_mode[row],
      before: moves.before[row], after: moves.after[row] });
  }
  for (const row of rowsOf(served)) {
    const to = placeOfItem({ kind: "site", index: served.site[row] });
    add(served.from[row] ?? -1, to, served.band[row], { settlement: served.settlement[row],
      pupils: served.pupils[row], mode: served.mode[row], mode_before: "", before: null,
      after: served.minutes[row] });
  }
  for (const { from, to, band, rows } of found.values()) {
    const start = itemOfArea(from), end = itemOfArea(to), at = start || end;
    if (!end) continue;
    pairs.id.push(start ? KINDS[start.kind].table.id[start.index] : "");
    pairs.x.push(KINDS[at.kind].table.x[at.index]);
    pairs.y.push(KINDS[at.kind].table.y[at.index]);
    pairs.county.push(KINDS[at.kind].county(at.index));
    pairs.from.push(from);
    pairs.to.push(to);
    pairs.band.push(band);
    pairs.rows.push(rows);
  }
})();

KINDS.pair = { table: pairs, sign: () => "moves", county: (index) => pairs.county[index] };

// Minutes and mode of today of those whom sites serve, once it is known who goes where.
function completePairs() {
  pairs.rows.forEach((rows, pair) => {
    for (const row of rows) {
      if (row.mode_before || pairs.from[pair] < 0) continue;
      const today = rowsAt(pairs.band[pair], "before", "at", row.settlement)
        .find((one) => one.school === pairs.from[pair]);
      if (today) Object.assign(row, { before: today.minutes, mode_before: today.mode || "" });
    }
  });
  drawTable(TABLES.changes);
}

function pairMinutes(pair, when) {
  return meanMinutes(pairs.rows[pair].map((row) => ({ pupils: row.pupils, minutes: row[when] })));
}

function pairModes(pair) {
  return Object.keys(words.modes).filter((mode) => pairs.rows[pair].some((row) => row.mode === mode));
}

function endName(place) {
  const item = itemOfArea(place);
  return item ? nameOf(item) : t("no_place");
}

const chosenChanges = { band: "", mode: "" };

function changesTable() {
  pairs.name = pairs.from.map((from, pair) => endName(from) + " → " + endName(pairs.to[pair]));
  const chosen = chosenChanges;
  const choice = (key, options, title) => (table) => {
    const box = el("select", { "aria-label": title }, el("option", { value: "" }, title),
      options.map((code) => el("option", { value: code }, word(key + "s", code))));
    box.value = chosen[key];
    box.addEventListener("change", () => {
      chosen[key] = box.value;
      drawTable(table);
    });
    return box;
  };
  const present = (key, values) => Object.keys(words[key + "s"]).filter((code) => values.includes(code));
  const every = pairs.rows.map((_, pair) => pairModes(pair)).flat();
  const boxes = [choice("band", present("band", pairs.band), words.columns.band),
    choice("mode", present("mode", every), words.columns.mode)];
  const minutesColumn = (title, when, which) => [title, (pair) => pairMinutes(pair, when)[which],
    (pair) => tenth(pairMinutes(pair, when)[which]), "number"];
  makeTable("changes", {
    items: () => rowsOf(pairs).filter((pair) => (!chosen.band || pairs.band[pair] === chosen.band)
      && (!chosen.mode || pairModes(pair).includes(chosen.mode))),
    item: (pair) => ({ kind: "pair", index: pair }),
    county_of: (pair) => pairs.county[pair],
    filter: (table) => boxes.map((box) => box(table)),
    columns: [
      [words.columns.from_school, (pair) => endName(pairs.from[pair])],
      [words.columns.to_school, (pair) => endName(pairs.to[pair])],
      [words.columns.band, (pair) => pairs.band[pair], (pair) => word("bands", pairs.band[pair]),
        "whole"],
      [words.columns.pupils, (pair) => pupilsOf(pairs.rows[pair]),
        (pair) => pupilsText(pupilsOf(pairs.rows[pair])), "number"],
      [words.columns.mode, (pair) => joinedWords(pairModes(pair).map((mode) => word("modes", mode)))],
      minutesColumn(t("pair_before_mean"), "before", "mean"),
      minutesColumn(t("pair_before_max"), "before", "longest"),
      minutesColumn(t("pair_after_mean"), "after", "mean"),
      minutesColumn(t("pair_after_max"), "after", "longest"),
    ],
  });
}

// The ways of a pair's pupils today and in the plan, and both schools by name.
function drawPair(pair) {
  for (const row of pairs.rows[pair]) {
    if (row.settlement === null) continue;
    if (pairs.from[pair] >= 0) drawWay(row.settlement, pairs.from[pair], row.mode_before, WAY_BEFORE);
    drawWay(row.settlement, pairs.to[pair], row.mode, WAY);
  }
  for (const place of [pairs.from[pair], pairs.to[pair]]) {
    const item = itemOfArea(place);
    if (item) drawEnd(item, true);
  }
}

function pairCard(pair) {
  const item = { kind: "pair", index: pair };
  const rows = pairs.rows[pair].map((row) => ({ ...row, minutes: row.after })).sort(longestFirst);
  const [before, after] = [pairMinutes(pair, "before"), pairMinutes(pair, "after")];
  const head = [words.columns.settlement, words.columns.pupils, words.columns.mode, t("today"), t("plan")];
  const from = itemOfArea(pairs.from[pair]);
  return [
    el("div", { class: "card-head" }, swatch("moves"), el("h2", {}, named(nameOf(item)))),
    facts([
      [words.columns.from_school, from ? goto(from) : t("no_place")],
      [words.columns.to_school, goto(itemOfArea(pairs.to[pair]))],
      [words.columns.band, word("bands", pairs.band[pair])],
      [t("pupils"), pupilsText(pupilsOf(rows))],
    ]),
    ...(isPublic ? [] : [
    beforeAfter(t("minutes"), [[t("mean"), minutes(before.mean), minutes(after.mean)],
      [t("longest"), minutes(before.longest), minutes(after.longest)]]),
    el("div", { class: "wide flow-list" }, el("table", { class: "grid" },
      el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows.map((row) => el("tr", {},
        el("td", {}, row.settlement === null ? "–" : goto({ kind: "settlement", index: row.settlement })),
        el("td", { class: "number" }, number(row.pupils)), el("td", {}, word("modes", row.mode)),
        el("td", { class: "number" }, tenth(row.before)),
        el("td", { class: "number" }, tenth(row.after))))))),
    ]),
  ];
}

CARDS.pair = pairCard;
