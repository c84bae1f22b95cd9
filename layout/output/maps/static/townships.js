// Townships: whose schools and settlements are theirs, their names and their card.
// Positions by school, from codes, and by settlement, from runs of neighbours.
const townshipAt = new Map(townships.id.map((code, index) => [code, index]));

function townshipOfSchool(school) {
  const index = townshipAt.get(schools.townships[schools.township[school]]);
  return index === undefined ? null : index;
}

const townshipOfSettlement = (function () {
  const found = [];
  for (let at = 0; at < townships.settlements.length; at += 2) {
    const index = townships.settlements[at];
    for (let n = 0; n < townships.settlements[at + 1]; n += 1) found.push(index < 0 ? null : index);
  }
  return found;
})();

// The township's name; where the study has none, its code and the settlement that leads it.
function townshipName(index) {
  if (index === null || index === undefined) return "";
  return townships.name[index] || (townships.seat[index]
    ? t("township_seat", { code: townships.id[index], seat: townships.seat[index] })
    : townships.id[index]);
}

function townshipLink(index) {
  return index === null || index === undefined ? null : goto({ kind: "township", index });
}

function townshipCard(index) {
  const own = rowsOf(schools).filter((school) => townshipOfSchool(school) === index);
  const shut = own.filter((school) => closureOf.has(school));
  return [
    heading({ kind: "township", index }, t("township_kind")),
    facts([
      [t("county"), townships.county[index] === null ? null
        : goto({ kind: "county", index: townships.county[index] })],
      [t("township_name"), townships.name[index] ? null : t("township_unnamed")],
      [t("township_largest"), named(townships.seat[index])],
      [t("children"), number(townships.children[index])],
      [t("township_schools"), number(own.length)],
      [t("indicator_closed"), number(shut.length)],
    ]),
    townships.sketched ? el("p", { class: "quiet" }, t("township_sketch")) : null,
    ...Object.keys(schools.stages).map((stage) => schoolLinks(stage,
      own.filter((school) => stageOf(school) === stage))),
  ];
}

function schoolLinks(stage, own) {
  if (!own.length) return null;
  return el("section", {}, el("h3", {}, t("stage_" + stage) + " " + number(own.length)),
    el("ul", { class: "links" }, own.map((school) => el("li", {}, goto({ kind: "school", index: school }),
      closureOf.has(school) ? el("span", { class: "badge closed" }, word("states", "closed")) : null))));
}
