// The first script of the page, in the language of old browsers: where one lacks what the page
// needs, it shows one sentence in place of the page.
(function () {
  var fits = typeof DecompressionStream === "function" && typeof ResizeObserver === "function"
    && typeof Element.prototype.replaceChildren === "function"
    && typeof Array.prototype.flatMap === "function";
  if (!fits) document.documentElement.className += " too-old";
})();
