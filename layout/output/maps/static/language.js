// Both languages in one page: what differs is swapped, and everything is written again.
const LANGUAGES = { zh: { tag: "zh-CN", name: "中文" }, en: { tag: "en", name: "English" } };

async function unzipped(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

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

// The branches of the other language, once unpacked; after the swap those of the one left.
let others = null;

function swap(target, branches) {
  for (const [key, value] of Object.entries(branches)) {
    if (value && typeof value === "object" && !Array.isArray(value)) swap(target[key], value);
    else [target[key], branches[key]] = [value, target[key]];
  }
}

async function switchLanguage() {
  // Clicks that come while it is being unpacked wait for the same branches.
  others = others || unzipped(doc.other);
  swap(doc, await others);
  relabel();
}

// Everything that is written on the page; elements with data-t and the like renew themselves.
function relabel() {
  const next = LANGUAGES[doc.meta.language === "zh" ? "en" : "zh"];
  document.documentElement.lang = LANGUAGES[doc.meta.language].tag;
  byId("language").textContent = next.name;
  byId("language").lang = next.tag;
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

function startLanguage() {
  byId("language").hidden = !doc.other;
  byId("language").addEventListener("click", switchLanguage);
}
