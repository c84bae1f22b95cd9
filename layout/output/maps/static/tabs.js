// The tabs beside the map, by click and by arrow keys.
let tabKeys = [];

function showTab(chosen) {
  for (const key of tabKeys) {
    const tab = byId("tab-" + key);
    tab.setAttribute("aria-selected", String(key === chosen));
    tab.tabIndex = key === chosen ? 0 : -1;
    byId("panel-" + key).hidden = key !== chosen;
  }
}

function startTabs(keys) {
  tabKeys = keys;
  const list = byId("tabs");
  keys.forEach((key, place) => {
    const tab = el("button", { type: "button", role: "tab", id: "tab-" + key,
      "aria-controls": "panel-" + key, "data-t": "tab_" + key });
    tab.addEventListener("click", () => {
      deselect();
      showTab(key);
    });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = keys[(place + step + keys.length) % keys.length];
      showTab(next);
      byId("tab-" + next).focus();
    });
    list.append(tab);
    byId("panel-" + key).setAttribute("aria-labelledby", tab.id);
  });
}
