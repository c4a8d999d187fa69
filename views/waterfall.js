// The ledger as a running waterfall: which rule moved a gap by how much, from its start to now.
const SVG = "http://www.w3.org/2000/svg", LEFT = 140, RIGHT = 62, ROW = 22;
const make = (name, given, text) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const signed = (v) => (v > 0 ? "+" : v < 0 ? "−" : "±") + Math.abs(v).toFixed(4);
function render({ model, el }) {
  el.classList.add("vs-waterfall");
  function draw() {
    const { gap, start, now, entries } = model.get("content");
    el.innerHTML = "";
    if (!gap) return;
    const width = Math.max(260, el.clientWidth || 360), bar = width - LEFT - RIGHT;
    let at = start, low = Math.min(start, now), high = Math.max(start, now);
    for (const e of entries) { at += e.net; low = Math.min(low, at); high = Math.max(high, at); }
    const pad = Math.max(0.02, (high - low) * 0.08);
    // Net amounts in the order of first booking can pass below zero on the way, though no gap does.
    low = low < 0 ? low - pad : Math.max(0, low - pad); high += pad;
    const base = Math.max(0, low);
    const px = (v) => LEFT + (v - low) / (high - low) * bar;
    const height = (entries.length + 2) * ROW + 6;
    const svg = make("svg", { width, height, role: "img", "aria-label":
      `${gap}: from ${start.toFixed(3)} to ${now.toFixed(3)}. ${entries.map((e) => `${e.rule} ${signed(e.net)}`).join(", ")}` });
    if (low < 0) svg.append(make("line", { x1: px(0), x2: px(0), y1: 0, y2: height, class: "vs-fall-joint" }));
    const line = (y, label, from, to, kind, said, hint) => {
      svg.append(make("text", { x: LEFT - 8, y: y + 14, "text-anchor": "end", class: "vs-fall-label" }, label.length > 21 ? `${label.slice(0, 20)}…` : label));
      const box = make("rect", { x: Math.min(px(from), px(to)), y: y + 4, width: Math.max(1.5, Math.abs(px(to) - px(from))), height: ROW - 8, rx: 2, class: `vs-fall vs-fall-${kind}` });
      box.append(make("title", {}, hint)); svg.append(box);
      svg.append(make("text", { x: width - 4, y: y + 14, "text-anchor": "end", class: "vs-fall-number" }, said));
    };
    line(0, "at the start", base, start, "total", start.toFixed(3), `${gap} at step 0`);
    at = start;
    entries.forEach((e, k) => {
      line((k + 1) * ROW, e.rule, at, at + e.net, e.net > 0 ? "up" : "down", signed(e.net), `${e.rule}: net ${signed(e.net)}, gross ${e.gross.toFixed(3)}`);
      at += e.net;
      if (k < entries.length) svg.append(make("line", { x1: px(at), x2: px(at), y1: (k + 2) * ROW - 4, y2: (k + 2) * ROW + 4, class: "vs-fall-joint" }));
    });
    line((entries.length + 1) * ROW, "now", base, now, "total", now.toFixed(3), `${gap} now`);
    el.append(svg);
  }
  const watcher = new ResizeObserver(draw);
  watcher.observe(el.parentElement || el);
  model.on("change:content", draw);
  draw();
  return () => { watcher.disconnect(); model.off("change:content", draw); };
}
export default { render };
