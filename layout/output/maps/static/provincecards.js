// Cards of a study and of a county; the sums of all, and the tables of both.
function select(item, options) {
  state.selected = item;
  byId("card").hidden = false;
  byId("card").scrollTop = 0;
  redrawCard();
  showPanel(true);
  const bounds = options && options.zoom ? boundsOf(item) : null;
  if (bounds && bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [40, 40], maxZoom: 10 });
  enterCard(item, Boolean(options && options.focus));
  borderLayer.draw();
  markRows();
}

function deselect() {
  leaveCard();
  state.selected = null;
  byId("card").hidden = true;
  borderLayer.draw();
  markRows();
}

function redrawCard() {
  if (!state.selected) return;
  const { kind, index } = state.selected;
  byId("card-body").replaceChildren(...(kind === "study" ? studyCard(index) : countyCard(index)).filter(Boolean));
}

function goto(item) {
  const button = el("button", { type: "button", class: "link" }, named(nameOf(item)));
  button.addEventListener("click", () => select(item, { zoom: true, focus: true }));
  return button;
}

function pageLink(study, text, link = studies.link[study]) {
  if (!link) return null;
  return el("a", { class: "link", href: encodeURI(link).replace(/#/g, "%23").replace(/\?/g, "%3F"),
    "aria-label": text ? null : t("open_of", { study: studies.name[study] }) }, text || t("its_map"));
}

function cardHead(item, kind) {
  const table = KINDS[item.kind].table;
  return [el("div", { class: "card-head" }, el("h2", {}, named(nameOf(item)))),
    el("p", { class: "card-kind" }, kind), el("p", { class: "card-code" }, el("code", {}, table.id[item.index]))];
}

function statusBadge(study) {
  const done = hasPlan(study);
  return el("span", { class: "badge " + (done ? "proven" : "gap") }, word("endings", studies.status[study]));
}

function linkPart(study) {
  const link = pageLink(study, t(hasPlan(study) ? "study_page" : "offer_page"));
  return link && el("p", { class: "to-study" }, link);
}

function countyPart(county) {
  const link = pageLink(counties.study[county], t("county_page"), counties.link[county]);
  return link && el("p", { class: "to-study" }, link);
}

const STUDY_FACTS = ["pupils_moved", "added_pupil_minutes", "one_less", "one_more", "kindergarten_sites",
  "kindergarten_classes", "kindergarten_places", "compulsory_sites", "places_short"];

function factRows(table, index, keys) {
  return keys.map((key) => [words.columns[key], table[key][index] === null ? null : number(table[key][index])]);
}

function closuresText(study) {
  const closed = studies.closed[study], asked = studies.close_asked[study];
  if (closed === null) return null;
  return asked === null ? number(closed) : t("closures_of", { closed: number(closed), asked: number(asked) });
}

function studyCard(study) {
  const own = countiesOf[study];
  const rows = own.map((county) => el("tr", {}, el("th", { scope: "row" }, goto({ kind: "county", index: county })),
    el("td", { class: "number" }, number(shownValues()[county]))));
  return [
    ...cardHead({ kind: "study", index: study }, t("study")), statusBadge(study),
    hasPlan(study) ? null : el("p", { class: "caution" },
      named(studies.message[study] || word("statuses", studies.status[study]))),
    linkPart(study),
    facts([[words.columns.closed, closuresText(study)], ...factRows(studies, study, STUDY_FACTS),
      [words.columns.least, studies.least[study] === null ? null : number(studies.least[study])],
      [words.columns.most, studies.most[study] === null ? null : number(studies.most[study])]]),
    own.length ? el("h3", {}, t("counties_of")) : null,
    own.length ? el("table", { class: "before-after" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" },
      t("county")), el("th", { scope: "col" }, measureTitle(state.measure)))), el("tbody", {}, rows)) : null,
  ];
}

const COUNTY_FACTS = ["closed", "pupils_closed", "kindergarten_sites", "kindergarten_classes",
  "kindergarten_places", "compulsory_sites", "compulsory_classes", "compulsory_places", "other_sites"];

function countyCard(county) {
  const study = counties.study[county];
  const shown = Object.entries(counties.measures).filter(([, held]) => held.before[county] !== null)
    .map(([key, held]) => [words.indicators[key],
      measureText(key, held.before[county]), measureText(key, held.after[county])]);
  return [
    ...cardHead({ kind: "county", index: county }, t("county")),
    el("p", {}, t("study") + " ", goto({ kind: "study", index: study })), statusBadge(study),
    counties.shape[county] === null ? el("p", { class: "caution" }, t("not_drawn")) : null,
    linkPart(study), countyPart(county),
    facts(factRows(counties, county, COUNTY_FACTS)),
    shown.length ? beforeAfter(t("measure"), shown) : null,
  ];
}

function overview() {
  const sums = doc.figures.filter(({ key, value }) => value || key !== "other_sites").map(({ title, value, asked }) => el("li", { class: "figure" },
    el("span", { class: "figure-title" }, title),
    el("span", { class: "figure-number" }, number(value),
      asked ? el("small", {}, " / " + number(asked)) : null)));
  const missing = studies.id.map((_, study) => study).filter((study) => !hasPlan(study));
  const list = (lines, kind) => el("ul", { class: kind }, lines.map((line) => el("li", {}, line)));
  byId("panel-overview").replaceChildren(...[
    doc.meta.modelled ? el("p", { class: "caution" }, t("modelled_long")) : null,
    el("h2", {}, t("sums_title")), doc.sharing.length ? list(doc.sharing.map(named), "said") : null,
    el("ul", { class: "figures" }, sums),
    ...(missing.length ? [el("h2", {}, t("without_plan_title")), list(missing.map((study) => [
      goto({ kind: "study", index: study }), " ",
      named(studies.message[study] || word("statuses", studies.status[study]))]), "missing")] : []),
    el("h2", {}, t("notes_title")),
    doc.notes.length ? list(doc.notes.map(named), "notes") : el("p", { class: "quiet" }, t("no_notes")),
  ].filter(Boolean));
}

function numberColumn(table, key) {
  return [measureTitle(key), (row) => table[key][row], (row) => number(table[key][row]), "number"];
}

function studiesTable() {
  makeTable("studies", {
    items: () => Array.from(studies.id.keys()),
    item: (row) => ({ kind: "study", index: row }),
    columns: [
      [words.columns.name, (row) => studies.short[row]],
      [t("its_map"), (row) => studies.link[row], (row) => pageLink(row)],
      [words.columns.status, (row) => word("endings", studies.status[row]), (row) => statusBadge(row)],
      ...["close_asked", "closed", "one_less", "one_more", "pupils_moved", "added_pupil_minutes",
        "kindergarten_sites", "kindergarten_classes", "compulsory_sites", "places_short", "least", "most"]
        .map((key) => numberColumn(studies, key)),
    ],
  });
}

let onlyStudy = "";

function countiesOfAll() {
  makeTable("counties", {
    items: () => Array.from(counties.id.keys()).filter((row) => onlyStudy === "" || counties.study[row] === Number(onlyStudy)),
    item: (row) => ({ kind: "county", index: row }),
    filter: (table) => {
      const box = el("select", { "aria-label": t("filter_study") }, el("option", { value: "" }, t("all_studies")),
        studies.short.map((name, index) => el("option", { value: index }, name)));
      box.value = onlyStudy;
      box.addEventListener("change", () => {
        onlyStudy = box.value;
        drawTable(table);
      });
      return box;
    },
    columns: [
      [words.columns.name, (row) => counties.name[row]],
      [t("study"), (row) => studies.short[counties.study[row]]],
      ...[...COUNTY_FACTS, ...THEMES.lacks.measures].map((key) => numberColumn(counties, key)),
      [words.columns.county_code, (row) => counties.id[row]],
    ],
  });
}
