// Light or dark: what was chosen in this browser before, or what the system prefers.
const KEY = "valuescape:dark";
function render({ model, el }) {
  const button = document.createElement("button"), prefers = window.matchMedia("(prefers-color-scheme: dark)");
  button.type = "button"; button.className = "vs-button vs-theme";
  const kept = () => { try { return window.localStorage.getItem(KEY); } catch { return null; } };
  const name = () => {
    button.textContent = model.get("dark") ? "Light page" : "Dark page";
    button.setAttribute("aria-pressed", String(model.get("dark")));
  };
  const set = (dark) => { model.set("dark", dark); model.save_changes(); name(); };
  button.addEventListener("click", () => {
    const dark = !model.get("dark");
    try { window.localStorage.setItem(KEY, String(dark)); } catch { /* a browser may forbid it: then it is not kept */ }
    set(dark);
  });
  const follow = () => { if (kept() === null) set(prefers.matches); };
  prefers.addEventListener("change", follow);
  el.append(button);
  set(kept() === null ? prefers.matches : kept() === "true");
  return () => prefers.removeEventListener("change", follow);
}
export default { render };
