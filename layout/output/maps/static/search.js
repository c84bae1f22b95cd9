// Search as one types: names, codes, counties; the list obeys the arrow keys.
const MOST_HITS = 40;

function folded(text) {
  return text.normalize("NFKC").toLowerCase();
}

let entries = [];

// Settlements can be found once they are unpacked.
function addSettlements() {
  fillEntries();
  if (byId("search").value) runSearch();
}

let active = -1;

function runSearch() {
  const box = byId("search");
  const parts = folded(box.value).split(/\s+/).filter(Boolean);
  const hits = parts.length ? entries.filter((e) => parts.every((part) => e.text.includes(part))) : [];
  const ranked = hits.sort((a, b) => rank(a, parts[0]) - rank(b, parts[0])).slice(0, MOST_HITS);
  active = -1;
  byId("hits").replaceChildren(...ranked.map((hit, place) => hitRow(hit.item, place)));
  byId("hits").hidden = !ranked.length;
  box.setAttribute("aria-expanded", String(ranked.length > 0));
  box.removeAttribute("aria-activedescendant");
  const told = hits.length > MOST_HITS ? t("search_more", { count: MOST_HITS })
    : hits.length ? t("search_count", { count: hits.length }) : t("search_none");
  const reading = settlements.ready ? "" : " " + t("search_reading");
  byId("search-status").textContent = parts.length ? told + reading : "";
}

function rank(entry, part) {
  const order = { county: 0, township: 0.5, school: 1, site: 2, settlement: 3 }[entry.item.kind];
  const exact = entry.text.split("\n").slice(0, 2).includes(part) ? -10 : 0;
  return order + exact + (entry.text.startsWith(part) ? -0.5 : 0);
}

function hitRow(item, place) {
  const table = KINDS[item.kind].table;
  const where = placeWords(item);
  const row = el("li", { role: "option", id: "hit-" + place, "aria-selected": "false" },
    swatch(KINDS[item.kind].sign(item.index)),
    el("span", { class: "hit-text" }, el("span", { class: "hit-name" }, named(nameOf(item))),
      el("span", { class: "quiet" }, named(where), " ", el("code", {}, table.id[item.index]))));
  row.item = item;
  // The box keeps the focus, else its blur would close the list before the click.
  row.addEventListener("mousedown", (event) => event.preventDefault());
  row.addEventListener("click", () => choose(row));
  return row;
}

function choose(row) {
  byId("hits").hidden = true;
  byId("search").setAttribute("aria-expanded", "false");
  select(row.item, { zoom: true, focus: true });
}

function moveActive(step) {
  const rows = Array.from(byId("hits").children);
  if (!rows.length) return;
  byId("hits").hidden = false;
  active = (active + step + rows.length + (active < 0 && step < 0 ? 1 : 0)) % rows.length;
  rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === active)));
  rows[active].scrollIntoView({ block: "nearest" });
  byId("search").setAttribute("aria-activedescendant", rows[active].id);
}

// In the other language sites have other names; what is typed and whether the list is open stay.
function renewSearch() {
  const wasOpen = !byId("hits").hidden;
  fillEntries();
  runSearch();
  if (wasOpen) return;
  byId("hits").hidden = true;
  byId("search").setAttribute("aria-expanded", "false");
}

function startSearch() {
  const box = byId("search");
  box.addEventListener("input", runSearch);
  box.addEventListener("focus", () => {
    byId("hits").hidden = !byId("hits").children.length;
  });
  box.addEventListener("blur", () => {
    byId("hits").hidden = true;
  });
  box.addEventListener("keydown", (event) => {
    // Keys of an input method, while a Chinese word is being composed, are not for the list.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      moveActive(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      const row = byId("hits").children[Math.max(0, active)];
      if (row) choose(row);
    } else if (event.key === "Escape" && !byId("hits").hidden) {
      event.stopPropagation();
      byId("hits").hidden = true;
      box.setAttribute("aria-expanded", "false");
    }
  });
}
