// A button that copies what the server says to the clipboard.
function render({ model, el }) {
  el.classList.add("vs-copy");
  const button = document.createElement("button"), said = document.createElement("span");
  button.type = "button"; button.className = "vs-button";
  said.className = "vs-copied"; said.setAttribute("role", "status");
  const name = () => { button.textContent = model.get("label"); };
  button.addEventListener("click", () => { model.set("requests", model.get("requests") + 1); model.save_changes(); });
  async function answer() {
    const here = window.location, text = model.get("text");
    if (!text) return;
    try {
      await navigator.clipboard.writeText(model.get("link") ? `${here.origin}${here.pathname}?s=${text}` : text);
      said.textContent = "copied";
    } catch {
      said.textContent = "the browser does not let this page copy";
    }
    setTimeout(() => { said.textContent = ""; }, 4000);
  }
  model.on("change:label", name);
  model.on("change:answers", answer);
  el.append(button, said);
  name();
  return () => { model.off("change:label", name); model.off("change:answers", answer); };
}
export default { render };
