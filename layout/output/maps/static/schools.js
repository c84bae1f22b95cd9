// The table of all schools: what happens to each, in pages, so that thousands stay quick.
function schoolsTable() {
  const s = schools, chosen = { text: "", stage: "", state: "" };
  const townshipNames = s.id.map((_, row) => townshipName(townshipOfSchool(row)));
  const states = s.id.map((_, row) => schoolState(row));
  const texts = s.id.map((code, row) => folded(s.name[row] + "\n" + code + "\n" + townshipNames[row]));
  const later = (row) => (closureOf.has(row) ? null : s.plan[row]);
  const laterMinutes = (row) => (closureOf.has(row) ? null : s.later_mean[row]);
  const fits = (row) => (!chosen.stage || stageOf(row) === chosen.stage)
    && (!chosen.state || states[row].includes(chosen.state))
    && chosen.text.split(/\s+/).every((part) => texts[row].includes(part));
  makeTable("schools", {
    paged: true,
    items: () => rowsOf(s).filter(fits),
    item: (row) => ({ kind: "school", index: row }),
    county_of: (row) => s.county[row],
    filter: (table) => schoolFilters(chosen, states, () => drawTable(table)),
    columns: [
      [words.columns.name, (row) => s.name[row]],
      [t("school_type"), (row) => s.types[s.type[row]].name],
      [words.columns.county, (row) => countyName(s.county[row])],
      [t("township"), (row) => townshipNames[row]],
      [t("pupils_today"), (row) => s.pupils[row], (row) => number(s.pupils[row]), "number"],
      [t("pupils_plan"), later, (row) => number(later(row)), "number"],
      [t("minutes_today"), (row) => s.today_mean[row], (row) => tenth(s.today_mean[row]), "number"],
      [t("minutes_plan"), laterMinutes, (row) => tenth(laterMinutes(row)), "number"],
      [t("what_happens"), (row) => joinedWords(states[row].map((code) => stateWord(code))), null, "list"],
      [words.columns.school_id, (row) => s.id[row]],
    ],
  });
}

// All that the plan has for a school, as codes: "open" alone means that nothing changes.
function schoolState(row) {
  const codes = [stateOf(row)];
  if (codes[0] !== "receiver" && codes[0] !== "closed" && movesTo.has(row)) codes.push("receiver");
  if (expansionOf.has(row)) codes.push("expansion");
  return codes.length > 1 ? codes.filter((code) => code !== "open") : codes;
}

const expansionOf = new Set(rowsOf(sites).filter((row) => sites.kind[row] === "expansion")
  .map((row) => schools.id.indexOf(sites.id[row])));

// One word for the card: that a school grows says more than that it is open.
function stateBadge(school) {
  const codes = schoolState(school);
  return [codes[0], joinedWords(codes.map((code) => stateWord(code)))];
}

function stateWord(code) {
  return code === "expansion" ? word("kinds", code) : word("states", code);
}

function schoolFilters(chosen, states, redraw) {
  const box = el("input", { type: "search", "aria-label": t("filter_text"),
    placeholder: t("filter_text"), autocomplete: "off" });
  box.addEventListener("input", () => {
    chosen.text = folded(box.value.trim());
    redraw();
  });
  const stages = ["preschool", "primary", "junior", "senior", "special"]
    .filter((stage) => schools.types.some((type) => type.stage === stage));
  const codes = ["closed", "receiver", "expansion", "retained", "uncertain", "open"]
    .filter((code) => states.some((own) => own.includes(code)));
  return [
    choice(t("filter_stage"), [["", t("all_stages")]]
      .concat(stages.map((stage) => [stage, t("stage_" + stage)])), (value) => {
      chosen.stage = value;
      redraw();
    }),
    choice(t("what_happens"), [["", t("all_states")]]
      .concat(codes.map((code) => [code, stateWord(code)])), (value) => {
      chosen.state = value;
      redraw();
    }),
    box,
  ];
}

function choice(label, options, changed) {
  const box = el("select", { "aria-label": label },
    options.map(([value, text]) => el("option", { value }, text)));
  box.addEventListener("change", () => changed(box.value));
  return box;
}
