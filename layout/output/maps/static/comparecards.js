// The land, the signs and the cards of several plans; one is shown, all are told.
const selection = L.featureGroup();
const cut = { band: "", only: false };
const cuts = new Map();

async function openCut(name) {
  if (!cuts.has(name)) cuts.set(name, readyCut(await unpacked(doc.areas[name])));
  return cuts.get(name);
}

function readyCut(raw) {
  const arcs = readyArcs(raw.topology), shapes = readyShapes(raw.topology);
  const faces = shapes.map((shape, at) => {
    const rings = shape.arcs.map((ring) => ringOf(ring, arcs));
    const places = raw.places.map((column) => column[at]);
    return { rings, box: boxOf(rings), places, differs: new Set(places.slice(1)).size > 1 };
  });
  const rows = raw.groups.settlement.map((settlement, at) => ({ settlement,
    place: raw.groups.school[at], pupils: raw.groups.pupils[at],
    minutes: raw.groups.minutes[at] < 0 ? null : raw.groups.minutes[at],
    mode: CUT_MODES[raw.groups.mode[at]] || null, of: raw.groups.of[at] }));
  return { faces, rows, at: indexRows(rows.map((row) => row.settlement)),
    colours: coloursOfAll(faces, topojson.neighbors(shapes)) };
}

// One colour for each place under all plans, so that only what differs changes colour.
function coloursOfAll(faces, near) {
  const beside = new Map();
  for (const state of CHOICES.keys()) {
    faces.forEach((face, at) => {
      const mine = face.places[state];
      if (!beside.has(mine)) beside.set(mine, new Set());
      for (const other of near[at]) {
        if (faces[other].places[state] !== mine) beside.get(mine).add(faces[other].places[state]);
      }
    });
  }
  const colours = new Map([[-1, -1]]);
  const order = Array.from(beside.keys())
    .sort((a, b) => beside.get(b).size - beside.get(a).size || a - b);
  for (const place of order.filter((one) => one >= 0)) {
    const taken = new Set(Array.from(beside.get(place), (other) => colours.get(other)));
    let colour = 0;
    while (taken.has(colour)) colour += 1;
    colours.set(place, colour);
  }
  return colours;
}

// The pen goes round a face; `scale` and `corner` bring the square of the world to the window.
function trace(context, face, scale, corner) {
  context.beginPath();
  for (const ring of face.rings) {
    for (let at = 0; at < ring.length; at += 2) {
      const x = ring[at] * scale - corner.x, y = ring[at + 1] * scale - corner.y;
      if (at) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    context.closePath();
  }
}

const cutLayer = new PaintLayer({ pane: "areas", paint: (context, size) => {
  const ready = cuts.get(cut.band);
  if (ready) paintCut(context, size, ready, state.choice);
} });

function paintCut(context, size, ready, choice) {
  const scale = 256 * Math.pow(2, map.getZoom()), corner = map.getPixelBounds().min;
  const chosen = state.selected ? placeOfThing(state.selected) : null;
  const mine = [];
  context.lineJoin = "round";
  for (const face of ready.faces) {
    if (face.box[2] * scale < corner.x || face.box[0] * scale > corner.x + size.x
      || face.box[3] * scale < corner.y || face.box[1] * scale > corner.y + size.y) continue;
    const colour = ready.colours.get(face.places[choice]);
    trace(context, face, scale, corner);
    context.globalAlpha = cut.only && !face.differs ? 0.18 : 0.72;
    context.fillStyle = colour < 0 ? NO_PLACE_COLOUR : AREA_COLOURS[colour % AREA_COLOURS.length];
    context.fill("evenodd");
    context.globalAlpha = 1;
    context.lineWidth = cut.only && face.differs ? 2 : map.getZoom() < 9 ? 0.4 : 0.8;
    context.strokeStyle = cut.only && face.differs ? MOVE_COLOUR : "rgba(60, 60, 60, 0.55)";
    context.stroke();
    if (state.selected && ["school", "site"].includes(state.selected.kind)
      && face.places[choice] === chosen) mine.push(face);
  }
  context.lineWidth = 3.4;
  context.strokeStyle = "#10243e";
  for (const face of mine) {
    trace(context, face, scale, corner);
    context.stroke();
  }
}

function itemOnLand(place) {
  const ready = cuts.get(cut.band);
  if (!ready) return null;
  const [x, y] = onSquare(place.lng, place.lat);
  const face = ready.faces.find((one) => x >= one.box[0] && y >= one.box[1] && x <= one.box[2]
    && y <= one.box[3] && one.rings.filter((ring) => crosses(ring, x, y)).length % 2);
  return face ? itemOfPlace(face.places[state.choice]) : null;
}

function signsOf(wanted, elsewhere) {
  const group = L.featureGroup();
  wanted.forEach((place) => {
    const item = itemOfPlace(place), at = placeOf(item);
    if (!at) return;
    const layer = new Sign(at, { sign: elsewhere || signOf(state.choice, place) });
    layer.item = item;
    group.addLayer(layer);
  });
  group.bindTooltip((layer) => el("div", { class: "tip" }, el("strong", {}, named(nameOf(layer.item))),
    el("span", {}, answersOf(placeOfThing(layer.item)).map((key) => t("answer_" + key)).join(" · "))),
  { sticky: true, direction: "top", offset: [0, -8] });
  group.on("click", (event) => {
    L.DomEvent.stopPropagation(event);
    select((event.propagatedFrom || event.layer).item);
  });
  return group;
}

function movesOfPlan() {
  const group = L.featureGroup();
  if (state.choice === 0) return group;
  const plan = plans[state.choice - 1];
  plan.from.forEach((from, row) => {
    const ends = [from, plan.to[row]].map((place) => placeOf(itemOfPlace(place)));
    if (!ends[0] || !ends[1]) return;
    group.addLayer(L.polyline(ends, { interactive: false, color: MOVE_COLOUR, opacity: 0.85,
      weight: Math.min(5, 1.2 + Math.sqrt(plan.pupils[row]) / 3) }));
  });
  return group;
}

function select(item, options) {
  state.selected = item;
  selection.clearLayers();
  const place = placeOf(item);
  if (place && item.kind !== "county") {
    const ring = { radius: 15, color: "#000000", weight: 3, fill: false, interactive: false };
    selection.addLayer(L.circleMarker(place, { ...ring, color: "#ffffff", weight: 6 }));
    selection.addLayer(L.circleMarker(place, ring));
  }
  if (options && options.zoom && place) map.setView(place, Math.max(map.getZoom(), 11), { animate: false });
  byId("card-body").replaceChildren(...cardOf(item).flat().filter(Boolean));
  byId("card").hidden = false;
  byId("card").scrollTop = 0;
  if (options && options.focus) byId("card").focus();
  redrawCut();
  markRows();
}

function deselect() {
  state.selected = null;
  selection.clearLayers();
  byId("card").hidden = true;
  redrawCut();
  markRows();
}

function redrawCut() {
  if (map.hasLayer(cutLayer)) cutLayer.draw();
}

function goto(item) {
  const button = el("button", { type: "button", class: "link" }, named(nameOf(item)));
  button.addEventListener("click", () => select(item, { zoom: true, focus: true }));
  return button;
}

function cardHead(item, kind) {
  const county = KINDS[item.kind].county(item.index);
  return [el("div", { class: "card-head" }, swatch(KINDS[item.kind].sign(item.index)),
    el("h2", {}, named(nameOf(item)))),
  el("p", { class: "card-kind" }, kind),
  el("p", { class: "card-code" }, t("code") + " ", el("code", {}, KINDS[item.kind].table.id[item.index]),
    " ", named(item.kind === "county" ? "" : countyName(county)))];
}

function cardOf(item) {
  if (item.kind === "county") return cardHead(item, t("county"));
  if (item.kind === "settlement") return settlementCard(item);
  const kind = item.kind === "school" ? schools.types[schools.type[item.index]].name
    : word("programmes", sites.programme[item.index]);
  return [cardHead(item, kind), placeTable(placeOfThing(item))];
}

function answerCell(choice, place) {
  const key = answerOf(choice, place);
  return el("td", {}, el("span", { class: "answer " + key }, t("answer_" + key)));
}

// A place under each plan: what happens to it, its pupils, what is built.
function placeTable(place) {
  const head = [t("option"), "", words.columns.pupils, words.columns.to_school]
    .map((text) => el("th", { scope: "col" }, text));
  const body = CHOICES.map((_, choice) => {
    const plan = plans[choice - 1];
    const row = plan ? plan.rows.get(place) : undefined;
    const to = plan && plan.closes.has(place)
      ? plan.from.map((from, at) => (from === place ? plan.to[at] : null)).filter((one) => one !== null)
      : [];
    const built = row === undefined ? null
      : t("classes") + " " + number(plan.classes[row]) + " · " + t("places") + " " + number(plan.places[row]);
    return el("tr", {}, el("th", { scope: "row" }, named(choiceName(choice))), answerCell(choice, place),
      el("td", { class: "number" }, number(pupilsUnder(choice, place))),
      el("td", {}, to.length ? to.map((one) => el("div", {}, goto(itemOfPlace(one)))) : built || "–"));
  });
  return el("section", {}, el("h3", {}, t("more_options")), el("div", { class: "wide" },
    el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body))));
}

// Where the children of a settlement go under each plan, band by band.
function settlementCard(item) {
  const box = el("div", {});
  fillSettlement(box, item.index);
  return [cardHead(item, t("settlement")), box];
}

async function fillSettlement(box, index) {
  for (const name of Object.keys(doc.areas)) {
    const ready = await openCut(name);
    const own = (ready.at.get(index) || []).map((row) => ready.rows[row]);
    if (!own.length) continue;
    const head = [t("option"), words.columns.to_school, words.columns.pupils, words.columns.mode,
      t("minutes_short")].map((text) => el("th", { scope: "col" }, text));
    const body = alike(own).flatMap(({ choices, rows }) => rows
      .map((row, at) => el("tr", {}, el("th", { scope: "row" }, at ? ""
        : choices.map((choice) => el("div", {}, named(choiceName(choice))))),
        el("td", {}, row.place < 0 ? t("no_place") : goto(itemOfPlace(row.place))),
        el("td", { class: "number" }, number(row.pupils)),
        el("td", {}, row.mode ? word("modes", row.mode) : "–"),
        el("td", { class: "number" }, row.minutes === null ? "–" : (row.minutes / TENTHS).toFixed(1)))));
    box.append(el("section", {}, el("h3", {}, t("under_each", { band: word("bands", name) })),
      el("div", { class: "wide" }, el("table", { class: "grid" }, el("thead", {}, el("tr", {}, head)),
        el("tbody", {}, body)))));
  }
}

// Plans under which a settlement goes the same way are told once.
function alike(own) {
  const groups = new Map();
  for (const choice of CHOICES.keys()) {
    const rows = own.filter((row) => row.of >> choice & 1);
    const key = rows.map((row) => own.indexOf(row)).join();
    if (!groups.has(key)) groups.set(key, { choices: [], rows });
    groups.get(key).choices.push(choice);
  }
  return Array.from(groups.values()).filter(({ rows }) => rows.length);
}
