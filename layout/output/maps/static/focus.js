// Where the keyboard is: it stays when a list is drawn anew, goes into the card that was asked for,
// and returns when that closes.
let cameFrom = null;

function keepFocus(redraw) {
  const id = document.activeElement ? document.activeElement.id : "";
  redraw();
  const again = id && byId(id);
  if (again && again !== document.activeElement) again.focus({ preventScroll: true });
}

// While a card is open, what it covers is no stop of the keyboard (see .has-card).
function enterCard(item, focus) {
  const card = byId("card"), last = document.activeElement;
  if (last && last !== document.body && !card.contains(last)) cameFrom = last;
  document.documentElement.classList.add("has-card");
  card.setAttribute("aria-label", nameOf(item));
  if (focus) card.focus();
  byId("announcer").textContent = focus ? "" : t("card_opened", { name: nameOf(item) });
}

function leaveCard() {
  const within = byId("card").contains(document.activeElement);
  document.documentElement.classList.remove("has-card");
  byId("announcer").textContent = "";
  if (!within) return;
  const back = cameFrom && cameFrom.isConnected ? cameFrom : map.getContainer();
  cameFrom = null;
  back.focus({ preventScroll: true });
}
