// Reading the data of the page, and building elements from text alone.
const doc = JSON.parse(document.getElementById("layout-data").textContent);
const words = doc.words;
const map = window.map_main;
const DEGREES = 1e5;
const TENTHS = 10;
const state = { plan: true, indicator: "", change: false, selected: null };

function t(key, values) {
  const sentence = doc.labels[key];
  if (!values) return sentence;
  return sentence.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

// The only way in which this page makes elements: every string becomes a text node.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// A control whose title and name for screen readers follow the language.
function titled(node, key) {
  node.dataset.tTitle = key;
  node.dataset.tLabel = key;
  return node;
}

// The scale of the map, in the words of the page.
const scaleBar = L.control.scale({ imperial: false, maxWidth: 140 });
scaleBar._updateMetric = function (most) {
  const metres = this._getRoundNum(most);
  const said = metres < 1000 ? t("scale_m", { value: metres }) : t("scale_km", { value: metres / 1000 });
  this._updateScale(this._mScale, said, metres / most);
};

function byId(id) {
  return document.getElementById(id);
}

// A name keeps its own direction of writing and cannot turn that of its neighbours.
function named(text) {
  return el("bdi", {}, text);
}

const grouping = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

function number(value) {
  return value === null || value === undefined ? "–" : grouping.format(value);
}

function minutes(tenths) {
  if (tenths === null || tenths === undefined) return "–";
  return t("minutes_unit", { value: (tenths / TENTHS).toFixed(1) });
}

function percent(share) {
  return share === null || share === undefined ? "–" : (share * 100).toFixed(isPublic ? 0 : 1) + "%";
}

function isShare(measure) {
  return measure.startsWith("coverage") || measure.endsWith("share");
}

function measureText(measure, value) {
  if (isShare(measure)) return percent(value);
  if (value === null || value === undefined) return "–";
  return measure.startsWith("minutes") ? value.toFixed(isPublic ? 0 : 1) : number(Math.round(value));
}

function word(kind, code) {
  return words[kind][code] || code;
}

function latLng(table, index) {
  const x = table.x[index], y = table.y[index];
  return (x ?? null) === null || (y ?? null) === null ? null : L.latLng(y / DEGREES, x / DEGREES);
}

// Words of the page one after another, in the manner of its language.
function joinedWords(texts) {
  return texts.join(doc.meta.language === "zh" ? "、" : ", ");
}

function rowsOf(table) {
  const columns = Object.values(table).filter(Array.isArray);
  return columns.length ? Array.from(columns[0].keys()) : [];
}

// Put the fixed sentences in, again after a change of language: data-t is the text, data-t-label
// the name for screen readers, data-t-title and data-t-hint are what title and placeholder say,
// data-word is the name of a code, as "bands/1-3".
function fillLabels(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-word]")) {
    node.textContent = word(...node.dataset.word.split("/"));
  }
  for (const [name, attribute] of [["label", "aria-label"], ["title", "title"], ["hint", "placeholder"]]) {
    for (const node of root.querySelectorAll("[data-t-" + name + "]")) {
      node.setAttribute(attribute, t(node.getAttribute("data-t-" + name)));
    }
  }
}
