// Sortable tables beside the map; a row selects what it stands for.
const collators = { zh: new Intl.Collator("zh-CN", { numeric: true }), en: new Intl.Collator("en", { numeric: true }) };
const TABLES = {};
// Rows of a page; more would make a table of thousands slow.
const PAGE_ROWS = 100;

// A column is [title, value for sorting, text to show, "number" or ""].
function makeTable(key, spec) {
  // A table that is written again, in the other language, keeps its order and its choice.
  const { sort, down, county } = TABLES[key] || { sort: null, down: false, county: "" };
  // A column without any value is left out.
  const columns = spec.columns.filter(([, value]) => !spec.items().length
    || spec.items().some((row) => !isMissing(value(row))));
  const table = { ...spec, columns, sort, down, county, rows: [], page: 0 };
  TABLES[key] = table;
  table.body = el("tbody", {});
  table.head = el("tr", {});
  table.note = el("p", { class: "quiet", role: "status" });
  table.pager = spec.paged ? pagerOf(table) : null;
  const grid = el("table", { class: "grid" }, el("thead", {}, table.head), table.body);
  byId("panel-" + key).replaceChildren(
    el("div", { class: "filters" }, filterOf(table), spec.filter ? spec.filter(table) : null),
    el("div", { class: "table-note" }, table.note, table.pager), el("div", { class: "wide" }, grid));
  drawTable(table);
}

function pagerOf(table) {
  const step = (way) => {
    table.page += way;
    drawTable(table, true);
    table.body.closest(".panels").scrollTop = 0;
  };
  table.back = el("button", { type: "button", onclick: () => step(-1) }, t("page_back"));
  table.next = el("button", { type: "button", onclick: () => step(1) }, t("page_next"));
  table.place = el("span", {});
  return el("span", { class: "pager" }, table.back, table.place, table.next);
}

// The rows of this page; another filter or order begins with the first page again.
function pageOf(table, rows, stay) {
  if (!table.paged) return rows;
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  table.page = stay ? Math.min(table.page, pages - 1) : 0;
  table.place.textContent = t("page_of", { page: number(table.page + 1), pages: number(pages) });
  table.back.disabled = table.page === 0;
  table.next.disabled = table.page === pages - 1;
  return rows.slice(table.page * PAGE_ROWS, (table.page + 1) * PAGE_ROWS);
}

function filterOf(table) {
  if (!table.county_of) return null;
  const used = new Set(table.items().map((row) => table.county_of(row)));
  const options = counties.name.map((name, index) => [index, name]).filter(([i]) => used.has(i));
  if (options.length < 2) return null;
  const box = el("select", { "aria-label": t("filter_county") },
    el("option", { value: "" }, t("all_counties")),
    options.map(([index, name]) => el("option", { value: index }, name)));
  box.value = table.county;
  box.addEventListener("change", () => {
    table.county = box.value;
    drawTable(table);
  });
  return box;
}

function isMissing(value) {
  return value === null || value === undefined || value === "";
}

function compareValues(a, b) {
  if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
  return typeof a === "number" && typeof b === "number" ? a - b : collators[doc.meta.language].compare(a, b);
}

function drawTable(table, stay) {
  let rows = table.items();
  if (table.county !== "") rows = rows.filter((row) => table.county_of(row) === Number(table.county));
  if (table.sort !== null) {
    const value = table.columns[table.sort][1];
    const sign = table.down ? -1 : 1;
    rows = rows.slice().sort((a, b) => sign * compareValues(value(a), value(b)));
  }
  table.head.replaceChildren(...table.columns.map((column, place) => headCell(table, column, place)));
  table.body.replaceChildren(...pageOf(table, rows, stay).map((row) => bodyRow(table, row)));
  table.note.textContent = rows.length ? t("rows", { count: number(rows.length) }) : t("empty");
  markRows();
}

function headCell(table, column, place) {
  const sorted = table.sort === place;
  const arrow = sorted ? (table.down ? " ▼" : " ▲") : "";
  const button = el("button", { type: "button", "aria-label": t("sort_hint", { column: column[0] }) },
    column[0], el("span", { "aria-hidden": "true" }, arrow));
  button.addEventListener("click", () => {
    table.down = sorted ? !table.down : false;
    table.sort = place;
    drawTable(table);
    table.head.querySelectorAll("button")[place].focus();
  });
  return el("th", { scope: "col", class: column[3] || null,
    "aria-sort": sorted ? (table.down ? "descending" : "ascending") : null }, button);
}

function bodyRow(table, row) {
  const item = table.item(row);
  const cells = table.columns.map((column, place) => {
    const shown = (column[2] || column[1])(row);
    const content = place === 0 ? openButton(item, shown) : shown;
    return el("td", { class: column[3] || null }, content === null ? "–" : content);
  });
  const line = el("tr", { "data-item": item.kind + item.index }, cells);
  line.addEventListener("click", () => {
    widen(false);
    select(item, { zoom: true });
  });
  return line;
}

function openButton(item, text) {
  const button = el("button", { type: "button", class: "link" }, named(text));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    widen(false);
    select(item, { zoom: true, focus: true });
  });
  return button;
}

function markRows() {
  const chosen = state.selected ? state.selected.kind + state.selected.index : "";
  for (const line of document.querySelectorAll("tr[data-item]")) {
    line.classList.toggle("chosen", line.dataset.item === chosen);
  }
}

function closuresTable() {
  const c = closures, at = (row) => c.school[row];
  const receivers = (row) => joinedWords(flows.filter((flow) => flow.from === at(row))
    .map((flow) => schools.name[flow.to]));
  makeTable("closures", {
    items: () => rowsOf(c).filter((row) => at(row) !== null),
    item: (row) => ({ kind: "school", index: at(row) }),
    county_of: (row) => schools.county[at(row)],
    columns: [
      [words.columns.name, (row) => schools.name[at(row)]],
      [words.columns.county, (row) => countyName(schools.county[at(row)])],
      [words.columns.pupils, (row) => c.pupils[row], (row) => pupilsText(c.pupils[row]), "number"],
      [words.columns.year, (row) => c.year[row], (row) => String(c.year[row] ?? "–"), "number"],
      [words.columns.receivers, receivers, null, "list"],
      [words.columns.added_minutes_mean, (row) => c.mean[row], (row) => tenth(c.mean[row]), "number"],
      [words.columns.added_minutes_max, (row) => c.max[row], (row) => tenth(c.max[row]), "number"],
      [words.columns.reason, (row) => c.reason[row], null, "text"],
      [words.columns.school_id, (row) => schools.id[at(row)]],
    ],
  });
}

let everyBelt = false;

function retainedTable() {
  const r = retained, at = (row) => r.school[row];
  makeTable("retained", {
    items: () => rowsOf(r).filter((row) => at(row) !== null
      && (everyBelt || beltSign(row) !== null || r.protected[row])),
    item: (row) => ({ kind: "school", index: at(row) }),
    county_of: (row) => schools.county[at(row)],
    filter: (table) => {
      const box = el("select", { "aria-label": t("filter_belt") },
        el("option", { value: "" }, t("all_belts")), el("option", { value: "all" }, t("every_belt")));
      box.value = everyBelt ? "all" : "";
      box.addEventListener("change", () => {
        everyBelt = box.value === "all";
        drawTable(table);
      });
      return box;
    },
    columns: [
      [words.columns.name, (row) => schools.name[at(row)]],
      [words.columns.county, (row) => countyName(schools.county[at(row)])],
      [words.columns.belt, (row) => r.belt[row], (row) => word("belts", r.belt[row])],
      [words.columns.distance_m, (row) => r.distance[row],
        (row) => number(r.distance[row]) + " ± " + number(r.error[row]), "number"],
      [words.columns.official, (row) => String(r.official[row]),
        (row) => t(r.official[row] ? "yes" : "no")],
      [words.columns.protected, (row) => (r.protected[row] === null ? "" : String(r.protected[row])),
        (row) => t(r.protected[row] ? "yes" : "no")],
      [words.columns.rule, (row) => r.rule[row]],
      [words.columns.school_id, (row) => schools.id[at(row)]],
    ],
  });
}

function sitesTable() {
  const s = sites;
  makeTable("sites", {
    items: () => rowsOf(s),
    item: (row) => ({ kind: "site", index: row }),
    county_of: (row) => s.county[row],
    columns: [
      [words.columns.name, (row) => s.name[row] || s.id[row]],
      [words.columns.county, (row) => countyName(s.county[row])],
      [words.columns.programme, (row) => word("programmes", s.programme[row])],
      [words.columns.kind, (row) => word("kinds", s.kind[row])],
      [words.columns.classes, (row) => s.classes[row], (row) => number(s.classes[row]), "number"],
      [words.columns.places, (row) => s.places[row], (row) => number(s.places[row]), "number"],
      [words.columns.pupils_served, (row) => s.served[row], (row) => number(s.served[row]), "number"],
      [words.columns.site_id, (row) => s.id[row]],
    ],
  });
}

function countiesTable() {
  const columns = [[words.columns.name, (row) => counties.name[row]]];
  if (counties.closed.length) {
    columns.push([words.columns.closed, (row) => counties.closed[row],
      (row) => number(counties.closed[row]), "number"]);
  }
  for (const [key, held] of Object.entries(counties.measures)) {
    for (const [when, values] of [["before", held.before], ["after", held.after]]) {
      if (!values || values.every((value) => value === null)) continue;
      columns.push([words.columns[key + "_" + when], (row) => values[row],
        (row) => measureText(key, values[row]), "number"]);
    }
  }
  makeTable("counties", {
    items: () => Array.from(counties.id.keys()),
    item: (row) => ({ kind: "county", index: row }),
    columns,
  });
}
