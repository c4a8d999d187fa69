// A slider that speaks only when somebody moves it: the server's value is shown, never rounded and sent back.
function render({ model, el }) {
  el.classList.add("vs-dial");
  const input = document.createElement("input");
  input.type = "range";
  const show = () => {
    for (const key of ["min", "max", "step"]) input[key] = model.get(key);
    input.value = model.get("value");
    input.disabled = model.get("disabled");
    input.setAttribute("aria-label", model.get("label"));
    const low = Number(input.min), span = Number(input.max) - low;
    input.style.setProperty("--vs-filled", `${span > 0 ? 100 * (Number(input.value) - low) / span : 0}%`);
  };
  // While somebody moves it, and a moment longer, answers to what was sent before do not move it back.
  let waiting = null, held = false, release = null;
  const send = () => { waiting = null; model.set("moved", [Number(input.value), Date.now()]); model.save_changes(); };
  input.addEventListener("input", () => {
    held = true;
    clearTimeout(release);
    input.style.setProperty("--vs-filled", `${100 * (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min))}%`);
    if (waiting === null) waiting = setTimeout(send, 60);
  });
  input.addEventListener("change", () => {
    clearTimeout(waiting);
    send();
    clearTimeout(release);
    release = setTimeout(() => { held = false; show(); }, 400);
  });
  const listener = () => { if (!held) show(); };
  const names = ["value", "min", "max", "step", "disabled", "label"];
  for (const name of names) model.on(`change:${name}`, listener);
  el.append(input);
  show();
  return () => { clearTimeout(release); for (const name of names) model.off(`change:${name}`, listener); };
}
export default { render };
