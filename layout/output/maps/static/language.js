// Everything that is said and written on the page of a plan, in the language of the moment.
// What the plan says of each school, site and county; unpacked after the first frame.
let told = null;

function saidOf(item) {
  const list = told && { school: told.schools, site: told.sites, county: told.counties }[item.kind];
  if (!list) return [];
  const same = item.kind === "site" && sites.kind[item.index] === "expansion"
    ? schools.id.indexOf(sites.id[item.index]) : -1;
  const lines = same >= 0 ? told.schools[same] : list[item.index];
  return lines.map((line) => composed(told, line, doc.meta.language));
}

function saidPart(item) {
  const lines = saidOf(item);
  if (!lines.length) return null;
  return el("section", { class: "said" }, el("h3", {}, t("said_" + item.kind)),
    el("ul", {}, lines.map((line) => el("li", { class: line.startsWith("  ") ? "inner" : null },
      named(line)))));
}

async function startTold() {
  if (!doc.explained) return;
  told = await unzipped(doc.explained);
  redrawCard();
}

// Everything that is written on the page; elements with data-t and the like renew themselves.
function relabel() {
  markLanguage();
  scaleBar._update();
  frame();
  overview();
  closuresTable();
  changesTable();
  retainedTable();
  sitesTable();
  countiesTable();
  schoolsTable();
  if (!isPublic) dataReport();
  fillLabels(document);
  renewSearch();
  refresh();
  redrawCard();
}
