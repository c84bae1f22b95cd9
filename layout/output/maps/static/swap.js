// Both languages in one page: what differs is swapped, and everything is written again.
const LANGUAGES = { zh: { tag: "zh-CN", name: "中文" }, en: { tag: "en", name: "English" } };

async function unzipped(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
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

// Tag and button of the language that is spoken, and of the one to change to.
function markLanguage() {
  const next = LANGUAGES[doc.meta.language === "zh" ? "en" : "zh"];
  document.documentElement.lang = LANGUAGES[doc.meta.language].tag;
  byId("language").textContent = next.name;
  byId("language").lang = next.tag;
}

function startLanguage() {
  byId("language").hidden = !doc.other;
  byId("language").addEventListener("click", switchLanguage);
}
