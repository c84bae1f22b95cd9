// One card for each thing: a school with its evidence, a site, a settlement, a county.
const selection = L.featureGroup();
const MOST_ROWS = 60;

function select(item, options) {
  const same = state.selected && state.selected.kind === item.kind
    && state.selected.index === item.index;
  if (!same) listing.band = "";
  state.selected = item;
  drawSelection(item);
  if (options && options.zoom) zoomTo(item);
  redrawCard();
  byId("card").hidden = false;
  matchBand(item);
  showReach(item);
  byId("card").scrollTop = 0;
  redrawAreas();
  showPanel(true);
  enterCard(item, Boolean(options && options.focus));
  markRows();
}

function redrawCard() {
  if (!state.selected) return;
  const card = CARDS[state.selected.kind](state.selected.index);
  byId("card-body").replaceChildren(...card.flat().filter(Boolean));
}

function deselect() {
  leaveCard();
  state.selected = null;
  selection.clearLayers();
  byId("card").hidden = true;
  showReach(null);
  redrawAreas();
  markRows();
}

function zoomTo(item) {
  if (item.kind === "county") {
    countyLayer.eachLayer((part) => {
      if (part.item.index === item.index) map.fitBounds(part.getBounds(), { animate: false });
    });
    return;
  }
  const places = [placeOf(item)].concat(selection.getLayers()
    .filter((layer) => layer.getLatLngs).flatMap((layer) => layer.getLatLngs())).filter(Boolean);
  if (!places.length) return;
  const hidden = underSheet(), side = hidden ? 30 : 60;
  map.fitBounds(L.latLngBounds(places), { animate: false, maxZoom: 12, paddingTopLeft: [side, side],
    paddingBottomRight: [side, side + hidden] });
}

// Pixels of the map that the card covers on a phone, where it is a sheet at the bottom.
function underSheet() {
  if (!window.matchMedia("(max-width: 680px)").matches) return 0;
  const frame = map.getContainer().getBoundingClientRect();
  const below = frame.bottom - window.innerHeight * 0.45;
  return Math.max(0, Math.min(frame.height - 100, below));
}

function drawSelection(item) {
  selection.clearLayers();
  const place = placeOf(item);
  if (item.kind === "county" || !place) return;
  drawComers(item);
  if (item.kind === "pair") {
    drawPair(item.index);
    return;
  }
  // Today nobody has moved yet.
  if (state.plan && item.kind === "school") drawMoves(item.index);
  if (item.kind === "settlement") {
    if (state.plan) drawMoved(movesOfSettlement.get(item.index) || []);
    if (state.plan) drawServed(servedOfSettlement.get(item.index) || []);
    drawGoing(item.index);
  }
  // Until it is known who goes where.
  if (state.plan && item.kind === "site" && !groups.size) drawServed(servedAt.get(item.index) || []);
  for (const hollow of [false, true]) {
    const sign = KINDS[item.kind].sign(item.index);
    if (!SIGNS[sign]) continue;
    selection.addLayer(chosenSign(item, place, { sign, hollow, interactive: false }));
  }
}

// The chosen sign itself, in full size even where its county is counted or its layer is off.
function chosenSign(item, place, options) {
  const layer = new Sign(place, { ...options, chosen: true });
  layer.item = item;
  return layer;
}

const MOST_NAMES = 8;

function drawMoves(school) {
  const rows = movesFrom.get(school) || movesTo.get(school) || [];
  drawMoved(rows);
  const others = movesFrom.has(school) ? rows.map((row) => moves.to[row])
    : rows.map((row) => moves.from[row]);
  const ends = Array.from(new Set(others)).filter((end) => end !== null);
  for (const index of ends) drawEnd({ kind: "school", index }, ends.length <= MOST_NAMES);
}

// The schools at the other end of the moves, shown even where their layer is off.
function drawEnd(item, withName) {
  const place = placeOf(item);
  if (!place) return;
  const kind = item.kind === "site" ? siteSign(item.index)
    : closureOf.has(item.index) ? "closed" : "receiver";
  const sign = chosenSign(item, place, { sign: kind });
  sign.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    select(sign.item);
  });
  const text = el("div", { class: "tip" }, named(nameOf(item)));
  // Its name stands on the far side of what is chosen.
  const chosen = state.selected.kind === "pair" ? null : placeOf(state.selected);
  const left = chosen && place.lng < chosen.lng;
  sign.bindTooltip(text, { permanent: withName, direction: left ? "left" : "right",
    offset: [left ? -8 : 8, 0] });
  selection.addLayer(sign);
}

function heading(item, kind, extra) {
  const table = KINDS[item.kind].table;
  return [
    el("div", { class: "card-head" }, swatch(KINDS[item.kind].sign(item.index)),
      el("h2", {}, named(nameOf(item)))),
    el("p", { class: "card-kind" }, kind, extra ? el("span", { class: "badge " + extra[0] }, extra[1]) : null),
    el("p", { class: "card-code" }, t("code") + " ", el("code", {}, table.id[item.index])),
  ];
}

function goto(item) {
  const button = el("button", { type: "button", class: "link" }, named(nameOf(item)));
  button.addEventListener("click", () => select(item, { zoom: true, focus: true }));
  return button;
}

function schoolCard(school) {
  const item = { kind: "school", index: school };
  const current = stateOf(school);
  const stages = Object.keys(schools.stages)
    .filter((stage) => schools.stages[stage][school])
    .map((stage) => t("stage_" + stage) + " " + number(schools.stages[stage][school]));
  return [
    heading(item, schools.types[schools.type[school]].name, stateBadge(school)),
    facts([
      [t("county"), goto({ kind: "county", index: schools.county[school] ?? 0 })],
      [t("township"), townshipLink(townshipOfSchool(school))],
      [t("pupils_today"), number(schools.pupils[school])],
      [t("pupils_by_stage"), stages.length > 1 ? stages.join(" · ") : null],
      [t("pupils_plan"), current === "closed" ? null : number(schools.plan[school])],
    ]),
    growthPart(school),
    saidPart(item),
    closurePart(school),
    forcedPart(school),
    retainedPart(school),
    areaPart(item),
    reachPart(item),
    current === "closed" ? null : minutesPart(schools, school),
    receiverPart(school),
    movedPart(movesFrom.get(school) || []),
    servedPart(servedFrom.get(school) || [], t("leave_for_sites"), "from_school"),
  ];
}

function minutesPart(table, index) {
  const known = (value) => (value ?? null) !== null;
  if (!known(table.today_mean[index]) && !known(table.later_mean[index])) return null;
  const rows = [[t("mean"), table.today_mean[index], table.later_mean[index]]];
  if (table.today_max) rows.push([t("longest"), table.today_max[index], table.later_max[index]]);
  return beforeAfter(t("minutes"), rows.map(([title, a, b]) => [title, minutes(a), minutes(b)]));
}

const GATE_SIGNS = { pass: "✓", fail: "✕", unknown: "?" };

function closurePart(school) {
  const row = closureOf.get(school);
  if (row === undefined) return null;
  const gates = ["a", "b", "c", "d"].map((gate) => {
    const result = closures["gate_" + gate][row];
    return el("li", { class: "gate " + (GATE_SIGNS[result] ? result : "unknown") },
      el("span", { class: "gate-sign", "aria-hidden": "true" }, GATE_SIGNS[result] || "?"),
      el("span", {}, words.columns["gate_" + gate]), el("strong", {}, word("gates", result)));
  });
  const away = movesFrom.get(school) || [];
  const before = weightedMinutes(away, "before"), after = weightedMinutes(away, "after");
  return el("section", {},
    facts([
      [t("year_shut"), String(closures.year[row] ?? "–")],
      [t("reason"), told ? null : closures.reason[row]],
    ]),
    el("h3", {}, t("gates")),
    el("ul", { class: "gates" }, gates),
    closures.gate_a[row] === "unknown" ? el("p", { class: "caution" }, t("provisional")) : null,
    beforeAfter(t("minutes"), [
      [t("mean"), minutes(before.mean), minutes(after.mean)],
      [t("longest"), minutes(before.longest), minutes(after.longest)],
    ]),
    facts([
      [t("added"), t("mean") + " " + minutes(closures.mean[row]) + " · " + t("longest") + " "
        + minutes(closures.max[row])],
      [t("share_over"), percent(closures.share[row])],
    ]));
}

function retainedPart(school) {
  const row = retainedOf.get(school);
  if (row === undefined) return null;
  return facts([
    [t("belt"), word("belts", retained.belt[row])],
    [t("distance"), t("with_error", {
      distance: number(retained.distance[row]), error: number(retained.error[row]) })],
    [t("official"), t(retained.official[row] ? "yes" : "no")],
    [t("protected"), t(retained.protected[row] ? "yes" : "no")],
    [t("rule"), retained.rule[row]],
  ]);
}

function receiverPart(school) {
  const away = movesFrom.has(school);
  const own = flows.filter((flow) => (away ? flow.from : flow.to) === school)
    .sort((a, b) => b.pupils - a.pupils);
  if (!own.length) return null;
  const rows = own.map((flow) => {
    const other = { kind: "school", index: away ? flow.to : flow.from };
    const ways = Object.keys(words.modes).map((mode) => {
      const count = flow.rows.filter((row) => moves.mode[row] === mode)
        .reduce((sum, row) => sum + moves.pupils[row], 0);
      return count ? word("modes", mode) + " " + number(count) : null;
    }).filter(Boolean);
    return el("li", {}, goto(other), el("span", { class: "quiet" },
      t("pupils") + " " + number(flow.pupils) + (ways.length ? " (" + ways.join(" · ") + ")" : "")));
  });
  return el("section", {}, el("h3", {}, t(away ? "receivers" : "receives_from")),
    el("ul", { class: "links" }, rows));
}

function movedPart(rows) {
  if (!rows.length) return null;
  const head = ["settlement", "band", "pupils", "to_school", "mode", "minutes_before", "minutes_after"]
    .map((key) => el("th", { scope: "col" }, words.columns[key]));
  const body = rows.slice(0, MOST_ROWS).map((row) => el("tr", {},
    el("td", {}, moves.settlement[row] === null ? "–"
      : goto({ kind: "settlement", index: moves.settlement[row] })),
    el("td", {}, word("bands", moves.band[row])),
    el("td", { class: "number" }, number(moves.pupils[row])),
    el("td", {}, moves.to[row] === null ? "–" : named(schools.name[moves.to[row]])),
    el("td", {}, word("modes", moves.mode[row])),
    el("td", { class: "number" }, tenth(moves.before[row])),
    el("td", { class: "number" }, tenth(moves.after[row]))));
  return el("section", {}, el("h3", {}, t("settlements_moved")),
    el("div", { class: "wide" }, el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, body))),
    rows.length > MOST_ROWS
      ? el("p", { class: "quiet" }, t("hidden_rows", { count: number(rows.length - MOST_ROWS) })) : null);
}

// Whom new places serve: by settlement, band and the school that they leave; its own
// column aside.
function servedPart(rows, title, own) {
  if (!rows.length) return null;
  const link = (kind, index) => (index === null ? "–" : goto({ kind, index }));
  const columns = [
    ["settlement", "", (row) => link("settlement", served.settlement[row])],
    ["band", "", (row) => word("bands", served.band[row])],
    ["pupils", "number", (row) => number(served.pupils[row])],
    ["from_school", "", (row) => link("school", served.from[row])],
    ["to_school", "", (row) => link("site", served.site[row])],
    ["mode", "", (row) => word("modes", served.mode[row])],
    ["minutes", "number", (row) => tenth(served.minutes[row])],
  ].filter(([key]) => key !== own
    && (key !== "from_school" || rows.some((row) => served.from[row] !== null)));
  const head = columns.map(([key]) => el("th", { scope: "col" }, words.columns[key]));
  const most = rows.slice().sort((a, b) => served.pupils[b] - served.pupils[a]).slice(0, MOST_ROWS);
  const body = most.map((row) => el("tr", {},
    columns.map(([, style, value]) => el("td", style ? { class: style } : {}, value(row)))));
  return el("section", {}, el("h3", {}, title),
    el("div", { class: "wide" }, el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, body))),
    rows.length > MOST_ROWS
      ? el("p", { class: "quiet" }, t("hidden_rows", { count: number(rows.length - MOST_ROWS) })) : null);
}

function tenth(value) {
  return value === null ? "–" : (value / TENTHS).toFixed(1);
}

function siteCard(site) {
  const item = { kind: "site", index: site };
  const same = schools.id.indexOf(sites.id[site]);
  const grows = sites.kind[site] === "expansion";
  return [
    heading(item, word("programmes", sites.programme[site]),
      ["site", word("kinds", sites.kind[site])]),
    facts([
      [t("county"), sites.county[site] === null ? null : goto({ kind: "county", index: sites.county[site] })],
      [t(grows ? "classes_added" : "classes"), number(sites.classes[site])],
      [t(grows ? "places_added" : "places"), number(sites.places[site])],
      [t("served"), number(sites.served[site])],
      [t("why_here"), told ? null : sites.reason[site]],
      [t("instead"), sites.instead[site] === null ? null
        : goto({ kind: "settlement", index: sites.instead[site] })],
      [t("lost"), sites.lost[site] === null ? null : number(sites.lost[site])],
      [t("existing_school"), same >= 0 ? goto({ kind: "school", index: same }) : null],
    ]),
    grows ? sizePart(site) : null,
    saidPart(item),
    areaPart(item),
    reachPart(item),
    servedPart(servedAt.get(site) || [], t("whom_it_serves"), "to_school"),
  ];
}

function settlementCard(index) {
  const item = { kind: "settlement", index };
  return [
    heading(item, t("settlement")),
    facts([
      [t("county"), settlements.county[index] === null ? null
        : goto({ kind: "county", index: settlements.county[index] })],
      [t("township"), townshipLink(townshipOfSettlement[index])],
      [t("children"), number(settlements.children[index])],
    ]),
    minutesPart(settlements, index),
    areaOfSettlement(index),
    movedPart(movesOfSettlement.get(index) || []),
    servedPart(servedOfSettlement.get(index) || [], t("served_by_sites"), "settlement"),
  ];
}

function countyCard(index) {
  const item = { kind: "county", index };
  const rows = Object.keys(words.indicators).filter((key) => counties.measures[key]).map((key) => {
    const held = counties.measures[key];
    return [words.indicators[key], measureText(key, (held.before || [])[index]),
      measureText(key, (held.after || [])[index])];
  });
  return [
    heading(item, t("county")),
    doc.meta.pages ? el("p", {}, el("a",
      { href: "counties/" + encodeURIComponent(counties.id[index]) + ".html" }, t("county_page"))) : null,
    facts([[t("indicator_closed"), counties.closed.length ? number(counties.closed[index]) : null]]),
    rows.length ? beforeAfter(t("measure"), rows) : null,
    yearsPart(index),
    missingPart(index),
    saidPart(item),
  ];
}

const CARDS = { school: schoolCard, site: siteCard, settlement: settlementCard,
  township: townshipCard, county: countyCard };
