// The edition for public notice has fewer columns: what other scripts read of the rest is empty.
const isPublic = doc.meta.edition === "public";

function emptied(table, rows, columns) {
  for (const column of columns) table[column] = table[column] || new Array(rows).fill(null);
}

// A page without townships or rivers has none to draw.
const noLines = { count: [], x: [], y: [] };
doc.townships = doc.townships || { id: [], name: [], seat: [], county: [], children: [], x: [], y: [],
  settlements: [], lines: noLines, sketched: false };
doc.rivers = doc.rivers || noLines;

if (isPublic) {
  Object.assign(doc.words, { modes: {}, belts: {} });
  doc.served = {};
  emptied(doc.served, 0,
    ["site", "settlement", "band", "pupils", "from", "mode", "minutes", "metres"]);
  emptied(doc.moves, doc.moves.from.length,
    ["settlement", "band", "mode", "before_mode", "before", "after", "metres"]);
  emptied(doc.closures, doc.closures.school.length, ["mean", "max", "share"]);
  emptied(doc.retained, doc.retained.school.length, ["distance", "error", "protected", "rule"]);
  emptied(doc.sites, doc.sites.id.length, ["reason", "instead", "lost"]);
}

// Once settlements are unpacked: a number of children in the class of each, for the size of its sign.
const CLASS_SIZES = [2, 6, 14, 35, 70, 120];

function readPublicHomes() {
  settlements.classes = settlements.children;
  settlements.children = settlements.classes.map((place) => CLASS_SIZES[place]);
}

// Pupils rounded to fives: what is rounded to nought is somebody all the same.
function pupilsText(value) {
  return isPublic && value === 0 ? doc.classes.few : number(value);
}

function childrenText(settlement) {
  return isPublic ? doc.classes.children[settlements.classes[settlement]]
    : number(settlements.children[settlement]);
}
