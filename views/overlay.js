// How a card that lies over the page is left by the keyboard, and where the focus is meanwhile.
// Escape closes it, and the focus goes back to what opened it. A modal one takes the focus, and nothing behind it can be
// reached: WAI-ARIA Authoring Practices 1.2, "Dialog (Modal) Pattern".
const REACHED = "a[href], button, input, select, textarea, [tabindex]";
function render({ model, el }) {
  const opener = document.activeElement, modal = model.get("modal"), silenced = [];
  let card = null, ended = false;
  const inside = () => [...card.querySelectorAll(REACHED)].filter((e) => e.tabIndex >= 0 && !e.disabled && e.getClientRects().length);
  const close = () => { model.set("closed", model.get("closed") + 1); model.save_changes(); };
  function pressed(event) {
    if (event.key === "Escape" && !event.defaultPrevented) { event.stopPropagation(); close(); }
    if (event.key !== "Tab" || !modal) return;
    const all = inside(), first = all[0], last = all[all.length - 1], at = document.activeElement;
    const leaves = event.shiftKey ? at === first || at === card : at === last;
    if (!all.length || leaves) { event.preventDefault(); (event.shiftKey ? last : first || card).focus(); }
  }
  // What had the focus may be drawn anew: the card keeps it. A modal one keeps it in any case.
  function lost(event) {
    const nowhere = () => document.hasFocus() && document.activeElement === document.body;
    setTimeout(() => { if (!ended && nowhere() && (modal || !event.target.isConnected)) card.focus({ preventScroll: true }); });
  }
  const beside = (event) => { if (event.target === card.parentElement) close(); };
  function begin() {
    if (ended) return;
    if (!el.isConnected) { requestAnimationFrame(begin); return; }
    card = el.closest("section");
    card.tabIndex = -1;
    card.addEventListener("keydown", pressed);
    card.addEventListener("focusout", lost);
    if (!modal) return;
    card.parentElement.addEventListener("click", beside);
    for (let e = card.parentElement; e && !e.classList.contains("vs-page"); e = e.parentElement)
      for (const other of e.parentElement.children) if (other !== e && !other.inert) { other.inert = true; silenced.push(other); }
    card.focus({ preventScroll: true });
  }
  begin();
  return () => {
    ended = true;
    for (const other of silenced) other.inert = false;
    if (!card) return;
    card.removeEventListener("keydown", pressed);
    card.removeEventListener("focusout", lost);
    card.parentElement?.removeEventListener("click", beside);
    const left = document.activeElement === document.body || card.contains(document.activeElement);
    if (left && opener?.isConnected) opener.focus({ preventScroll: true });
  };
}
export default { render };
