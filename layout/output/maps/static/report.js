// The overview, and the data report: where the numbers come from and what is proved.
const MOST_WARNINGS = 200;

function simpleTable(titles, rows) {
  return el("div", { class: "wide" }, el("table", { class: "grid" },
    el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map(reportCell))))));
}

function reportCell(text) {
  const isNumber = /^[\d.,%–-]+$/.test(text);
  return el("td", { class: isNumber ? "number" : null }, named(text));
}

function exactPercent(share) {
  if (share === null || share === undefined) return "–";
  return share > 0 && share < 0.00005 ? "< 0.01%" : (share * 100).toFixed(2) + "%";
}

function overview() {
  const runs = doc.report.models.map((run) => el("li", { class: "figure" },
    el("span", { class: "figure-title" }, run.model),
    el("span", { class: "figure-number" }, number(run.achieved),
      el("small", {}, " / " + number(run.requested))),
    run.status ? el("span", { class: "badge " + run.status, title: run.sentence }, run.status_words)
      : null));
  const notes = doc.report.notes;
  byId("panel-overview").replaceChildren(
    doc.meta.modelled ? el("p", { class: "caution" }, t("modelled_long")) : "",
    isPublic ? el("p", { class: "quiet" }, t("public_note")) : "",
    doc.meta.county ? el("p", {}, el("a", { href: "../index.html" }, t("whole_map"))) : "",
    ...(doc.meta.county ? [] : [el("h2", {}, t("programmes_title"))]),
    doc.meta.county ? "" : runs.length ? el("ul", { class: "figures" }, runs) : el("p", { class: "quiet" }, t("empty")),
    el("h2", {}, t("effects_title")), effects(),
    ...(doc.meta.county || !notes ? [] : [el("h2", {}, t("notes_title"))]),
    doc.meta.county || !notes ? "" : notes.length
      ? el("ul", { class: "notes" }, notes.map((note) => el("li", {}, named(note))))
      : el("p", { class: "quiet" }, t("no_notes")));
}

function effects() {
  const total = (key, when) => {
    const values = ((counties.measures[key] || {})[when] || []).filter((value) => value !== null);
    return values.length ? number(Math.round(values.reduce((sum, value) => sum + value, 0))) : "–";
  };
  const summed = ["schools", "large_classes", "places_short_kindergarten", "places_short_compulsory"]
    .filter((key) => counties.measures[key])
    .map((key) => [words.indicators[key], total(key, "before"), total(key, "after")]);
  return el("div", {},
    summed.length ? beforeAfter(t("measure"), summed) : null,
    facts(movedFacts()));
}

// Added travel as everywhere in a plan: over the quickest way of today, in turn of the closures.
function addedMinutes() {
  let pupils = 0, sum = 0, longest = null;
  for (const row of isPublic ? [] : rowsOf(closures)) {
    if (closures.mean[row] === null) continue;
    pupils += closures.pupils[row];
    sum += closures.mean[row] * closures.pupils[row];
    longest = Math.max(longest, closures.max[row]);
  }
  return { mean: pupils ? sum / pupils : null, longest };
}

function movedFacts() {
  let pupils = 0;
  const ways = { walk: 0, bus: 0, board: 0 };
  for (const row of rowsOf(moves)) {
    const count = moves.pupils[row];
    pupils += count;
    ways[moves.mode[row]] = (ways[moves.mode[row]] || 0) + count;
  }
  const { mean, longest } = addedMinutes();
  const sum = (values) => number(values.reduce((a, b) => a + (b || 0), 0));
  return [
    [t("pupils_moved"), number(pupils)],
    ...(isPublic ? [] : [
      [t("on_foot"), pupils ? number(ways.walk) : null],
      [t("by_bus"), pupils ? number(ways.bus) : null],
      [t("by_bed"), pupils ? number(ways.board) : null],
      [t("added_mean"), pupils ? minutes(mean) : null],
      [t("added_longest"), pupils ? minutes(longest) : null],
    ]),
    [t("classes_new"), sites.id.length ? sum(sites.classes) : null],
    [t("places_new"), sites.id.length ? sum(sites.places) : null],
  ];
}

function dataReport() {
  const held = doc.report;
  const warnings = held.warnings.slice(0, MOST_WARNINGS);
  byId("panel-report").replaceChildren(
    el("h2", {}, t("facts_title")), facts(held.facts.map(([title, text]) => [title, named(text)])),
    el("h2", {}, t("models_title")),
    simpleTable([t("model"), t("asked"), t("reached"), t("status"), t("objective"), t("bound"), t("gap")],
      held.models.map((run) => [run.model, number(run.requested), number(run.achieved),
        run.status_short, number(run.objective), number(run.bound), exactPercent(run.gap)])),
    el("ul", { class: "proofs" }, held.models.map((run) => el("li", {},
      el("strong", {}, run.model + ": "), named(run.sentence)))),
    el("h2", {}, t("notes_title")),
    held.notes.length ? el("ul", { class: "notes" }, held.notes.map((note) => el("li", {}, named(note))))
      : el("p", { class: "quiet" }, t("no_notes")),
    el("h2", {}, t("warnings_title")),
    warnings.length ? simpleTable(
      [t("kind_of_problem"), t("file"), t("row"), t("column"), t("value"), t("reason"), t("remedy")],
      warnings) : el("p", { class: "quiet" }, t("no_warnings")),
    held.warnings.length > warnings.length
      ? el("p", { class: "quiet" }, t("more_warnings", { count: number(warnings.length) })) : "",
    el("h2", {}, t("inputs_title")), simpleTable([t("input"), t("file"), "SHA-256"], held.inputs),
    el("h2", {}, t("standards_title")),
    simpleTable([t("norm"), t("value"), t("unit"), t("source"), t("remark")], held.standards));
}
