// Printing: the sheets stand apart from the page and are all that goes to paper.
const PAPER_SIZES = { a4: "A4 landscape", a3: "A3 landscape" };
const atlas = { running: false, stopped: false };

function startPrint() {
  byId("paper").addEventListener("change", setPaper);
  setPaper();
  byId("print").addEventListener("click", () => window.print());
  byId("atlas").hidden = counties.id.length < 2;
  byId("atlas").addEventListener("click", printAtlas);
  byId("atlas-stop").addEventListener("click", stopAtlas);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !atlas.running) return;
    event.stopImmediatePropagation();
    stopAtlas();
  }, true);
  window.addEventListener("beforeprint", () => {
    if (!atlas.running && !byId("sheets").children.length) lay(viewSheets());
  });
  window.addEventListener("afterprint", clearSheets);
}

// The size of the paper stands in the style sheet, where the page's policy lets it be changed.
function setPaper() {
  const paper = byId("paper").value;
  const isPage = (rule) => rule instanceof CSSPageRule;
  const style = Array.from(document.styleSheets).find((one) => Array.from(one.cssRules).some(isPage));
  style.deleteRule(Array.from(style.cssRules).findIndex(isPage));
  style.insertRule("@page { size: " + PAPER_SIZES[paper] + "; margin: 8mm; }", style.cssRules.length);
  document.documentElement.classList.toggle("paper-a3", paper === "a3");
}

// In a frame that is not shown there is no view to print; a panel over the map makes room for it.
function viewSheets() {
  widen(false);
  if (!isShown()) return [];
  return [viewSheet()].concat(state.selected ? [cardSheet(state.selected)] : []);
}

function lay(sheets) {
  byId("sheets").replaceChildren(...sheets);
  document.documentElement.classList.toggle("printing", sheets.length > 0);
}

function clearSheets() {
  lay([]);
}

function stopAtlas() {
  atlas.stopped = true;
}

// A sheet of each county, one after the other, then all to the printer in one go.
async function printAtlas() {
  const count = counties.id.length;
  atlas.running = true;
  atlas.stopped = false;
  byId("atlas-box").hidden = false;
  byId("atlas-stop").focus();
  const sheets = [], back = ontoPaper();
  try {
    for (const index of counties.id.keys()) {
      byId("atlas-status").textContent = t("atlas_progress", { done: index + 1, count });
      // A pause in which the number is shown and Escape is heard.
      await new Promise((go) => setTimeout(go, 20));
      if (atlas.stopped) break;
      sheets.push(countySheet(index));
    }
  } finally {
    back();
    atlas.running = false;
    byId("atlas-box").hidden = true;
  }
  byId("atlas").focus();
  byId("announcer").textContent = atlas.stopped ? t("atlas_stopped") : "";
  if (atlas.stopped) return;
  lay(sheets);
  window.print();
}
