// Today beside the plan: what the map shows of today is copied, and laid over its left part.
const slider = { on: false, share: 50, waiting: 0 };

function startSlider() {
  const button = el("button", { type: "button", id: "slide", "aria-pressed": "false", "data-t": "slide" },
    t("slide"));
  button.addEventListener("click", () => slide(!slider.on));
  document.querySelector(".switch").after(button);
  const range = el("input", { type: "range", id: "slide-range", min: 0, max: 100, value: slider.share,
    "data-t-label": "slide_hint", "aria-label": t("slide_hint") });
  range.addEventListener("input", () => place(Number(range.value)));
  const handle = el("div", { class: "slide-handle", "aria-hidden": "true" }, "⇔");
  const line = el("div", { class: "slide-line" }, handle);
  const left = el("div", { class: "slide-left" }, el("canvas", { "aria-hidden": "true" }));
  const box = el("div", { id: "slider", hidden: true }, left, line,
    el("div", { class: "slide-names", "aria-hidden": "true" }, el("span", { "data-t": "today" }, t("today")),
      el("span", { "data-t": "plan" }, t("plan"))), range);
  document.querySelector(".sheet").append(box);
  drag(handle, box);
  for (const id of ["today", "plan"]) byId(id).addEventListener("click", () => slide(false));
  map.on("movestart zoomstart", () => {
    left.hidden = true;
  });
  map.on("moveend resize", later);
  for (const kind of ["click", "change", "keyup"]) {
    document.addEventListener(kind, (event) => {
      if (event.isTrusted && event.target !== range) later();
    });
  }
}

// The line follows the pointer; the range below it does the same for the keyboard.
function drag(handle, box) {
  handle.addEventListener("pointerdown", (event) => {
    handle.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const area = box.getBoundingClientRect();
    const share = Math.min(100, Math.max(0, ((event.clientX - area.left) / area.width) * 100));
    byId("slide-range").value = share;
    place(share);
  });
}

function place(share) {
  slider.share = share;
  byId("slider").querySelector(".slide-left").style.width = share + "%";
  byId("slider").querySelector(".slide-line").style.left = share + "%";
}

function slide(on) {
  if (on === slider.on) return;
  slider.on = on;
  document.documentElement.classList.toggle("sliding", on);
  byId("slide").setAttribute("aria-pressed", String(on));
  byId("slider").hidden = !on;
  if (on) {
    showState(true);
    place(slider.share);
    copyToday();
  }
}

function later() {
  if (!slider.on || slider.waiting) return;
  slider.waiting = requestAnimationFrame(() => {
    slider.waiting = 0;
    if (slider.on) copyToday();
  });
}

// The map is drawn as of today, copied, and drawn as of the plan again, all before the next frame.
function copyToday() {
  const focused = document.activeElement && document.activeElement.id;
  drawnAs(false);
  copyCanvases(byId("slider").querySelector("canvas"));
  drawnAs(true);
  byId("slider").querySelector(".slide-left").hidden = false;
  if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
}

function drawnAs(plan) {
  state.plan = plan;
  refresh();
  map.eachLayer((layer) => {
    if (layer instanceof L.Canvas && layer._redrawRequest) {
      L.Util.cancelAnimFrame(layer._redrawRequest);
      layer._redraw();
    }
  });
}

function copyCanvases(target) {
  const ratio = window.devicePixelRatio || 1, area = map.getContainer().getBoundingClientRect();
  target.width = area.width * ratio;
  target.height = area.height * ratio;
  target.style.width = area.width + "px";
  target.style.height = area.height + "px";
  const pen = target.getContext("2d");
  pen.fillStyle = getComputedStyle(map.getContainer()).backgroundColor;
  pen.fillRect(0, 0, target.width, target.height);
  pen.scale(ratio, ratio);
  const level = (canvas) => Number(getComputedStyle(canvas.parentNode).zIndex) || 0;
  const drawn = Array.from(map.getContainer().querySelectorAll(".leaflet-pane canvas"))
    .filter((canvas) => canvas.width && canvas.height && canvas.style.visibility !== "hidden")
    .sort((a, b) => level(a) - level(b));
  for (const canvas of drawn) {
    const at = canvas.getBoundingClientRect();
    pen.drawImage(canvas, at.left - area.left, at.top - area.top, at.width, at.height);
  }
}

startSlider();
