// Small tables of a card.
function facts(rows) {
  const list = el("dl", { class: "facts" });
  for (const [title, value] of rows) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", {}, title), el("dd", {}, value));
  }
  return list;
}

function beforeAfter(title, rows) {
  const head = el("tr", {}, el("th", { scope: "col" }, title), el("th", { scope: "col" }, t("today")),
    el("th", { scope: "col" }, t("plan")));
  const body = rows.map(([name, today, later]) => el("tr", {}, el("th", { scope: "row" }, name),
    el("td", { class: "number" }, today), el("td", { class: "number" }, later)));
  return el("table", { class: "before-after" }, el("thead", {}, head), el("tbody", {}, body));
}
