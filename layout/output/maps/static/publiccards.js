// Cards of the public edition: what is decided of a school, a site, a settlement, in its few numbers.
function publicSchool(school) {
  const item = { kind: "school", index: school }, current = stateOf(school);
  const row = closureOf.get(school);
  return [
    heading(item, schools.types[schools.type[school]].name, stateBadge(school)),
    facts([
      [t("county"), goto({ kind: "county", index: schools.county[school] ?? 0 })],
      [t("pupils_today"), pupilsText(schools.pupils[school])],
      [t("pupils_plan"), current === "closed" ? null : pupilsText(schools.plan[school])],
    ]),
    row === undefined ? null : publicClosure(row),
    growthPart(school),
    publicFlows(school),
  ];
}

function publicClosure(row) {
  const gates = ["a", "b", "c", "d"].map((gate) => {
    const result = closures["gate_" + gate][row];
    return el("li", { class: "gate " + (GATE_SIGNS[result] ? result : "unknown") },
      el("span", { class: "gate-sign", "aria-hidden": "true" }, GATE_SIGNS[result] || "?"),
      el("span", {}, words.columns["gate_" + gate]), el("strong", {}, word("gates", result)));
  });
  return el("section", {},
    facts([
      [t("year_shut"), String(closures.year[row] ?? "–")],
      [t("reason"), closures.reason[row]],
    ]),
    el("h3", {}, t("gates")),
    el("ul", { class: "gates" }, gates),
    closures.gate_a[row] === "unknown" ? el("p", { class: "caution" }, t("provisional")) : null);
}

function publicFlows(school) {
  const away = movesFrom.has(school);
  const own = flows.filter((flow) => (away ? flow.from : flow.to) === school)
    .sort((a, b) => b.pupils - a.pupils);
  if (!own.length) return null;
  return el("section", {}, el("h3", {}, t(away ? "receivers" : "receives_from")),
    el("ul", { class: "links" }, own.map((flow) => el("li", {},
      goto({ kind: "school", index: away ? flow.to : flow.from }),
      el("span", { class: "quiet" }, t("pupils") + " " + pupilsText(flow.pupils))))));
}

function publicSite(site) {
  return [
    heading({ kind: "site", index: site }, word("programmes", sites.programme[site]),
      ["site", word("kinds", sites.kind[site])]),
    facts([
      [t("county"), sites.county[site] === null ? null
        : goto({ kind: "county", index: sites.county[site] })],
      [t("classes"), number(sites.classes[site])],
      [t("places"), number(sites.places[site])],
      [t("served"), sites.served[site] === null ? null : pupilsText(sites.served[site])],
    ]),
  ];
}

function publicSettlement(index) {
  const time = settlements.minutes[index];
  const box = el("section", { class: "area-part" });
  fillZones(box, index);
  return [
    heading({ kind: "settlement", index }, t("settlement")),
    facts([
      [t("county"), settlements.county[index] === null ? null
        : goto({ kind: "county", index: settlements.county[index] })],
      [t("children"), childrenText(index)],
      [t("minutes"), time === null ? null : doc.classes.minutes[time]],
    ]),
    box,
  ];
}

// Which school the land of a settlement belongs to in the plan, by band.
async function fillZones(box, index) {
  const rows = [];
  for (const name of Object.keys(doc.catchments)) {
    const band = await unpackBand(name);
    const item = itemOfArea(band.faces[band.homes[index]].after);
    if (item) rows.push([word("bands", name), goto(item)]);
  }
  if (rows.length) box.append(el("h3", {}, t("zones")), facts(rows));
}

if (isPublic) {
  Object.assign(CARDS, { school: publicSchool, site: publicSite, settlement: publicSettlement });
}
