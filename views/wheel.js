// The value wheel of one agent: its values, its user's preferences, its task's objectives and the human values on one circle.
const SVG = "http://www.w3.org/2000/svg", R = 100;
const make = (name, given, text) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
function render({ model, el }) {
  el.classList.add("vs-wheel");
  function draw() {
    const { dimensions, angles, arcs, layers, title } = model.get("content");
    el.innerHTML = "";
    if (!dimensions || !layers.length) return;
    const place = (k, r) => { const a = (angles[k] - 90) * Math.PI / 180; return [R * r * Math.cos(a), R * r * Math.sin(a)]; };
    const svg = make("svg", { viewBox: "-228 -138 456 276", role: "img", "aria-label": title });
    if (dimensions.length < 3) { el.append(bars(dimensions, layers, title), legend(layers)); return; }
    for (const r of [0.25, 0.5, 0.75, 1]) svg.append(make("circle", { r: R * r, class: "vs-ring" }));
    for (const arc of arcs) {
      const a = (arc.from - 90) * Math.PI / 180, b = (arc.to - 90) * Math.PI / 180, r = R + 7;
      const d = `M ${r * Math.cos(a)} ${r * Math.sin(a)} A ${r} ${r} 0 ${arc.to - arc.from > 180 ? 1 : 0} 1 ${r * Math.cos(b)} ${r * Math.sin(b)}`;
      const path = make("path", { d, class: "vs-arc" });
      path.append(make("title", {}, arc.name)); svg.append(path);
    }
    dimensions.forEach((name, k) => {
      const [x, y] = place(k, 1), [tx, ty] = place(k, 1.17);
      svg.append(make("line", { x1: 0, y1: 0, x2: x, y2: y, class: "vs-spoke" }));
      const anchor = Math.abs(tx) < 12 ? "middle" : tx > 0 ? "start" : "end";
      svg.append(make("text", { x: tx, y: ty + 3.5, "text-anchor": anchor, class: "vs-dimension" }, name));
    });
    for (const layer of layers) {
      const points = layer.values.map((v, k) => place(k, v).map((c) => c.toFixed(2)).join(",")).join(" ");
      svg.append(make("polygon", { points, class: `vs-layer vs-layer-${layer.key}` }));
      if (layer.key === "values") layer.values.forEach((v, k) => {
        const [cx, cy] = place(k, v), dot = make("circle", { cx, cy, r: 2.6, class: "vs-layer-dot" });
        dot.append(make("title", {}, `${dimensions[k]} ${v.toFixed(2)}`)); svg.append(dot);
      });
    }
    el.append(svg, legend(layers));
  }
  function bars(dimensions, layers, title) {
    const svg = make("svg", { viewBox: `-178 0 356 ${dimensions.length * layers.length * 18 + dimensions.length * 22 + 18}`, role: "img", "aria-label": title });
    let y = 14;
    dimensions.forEach((name, k) => {
      svg.append(make("text", { x: -165, y, class: "vs-dimension" }, name));
      for (const layer of layers) {
        y += 18;
        svg.append(make("line", { x1: -165, x2: 165, y1: y, y2: y, class: "vs-spoke" }));
        svg.append(make("circle", { cx: -165 + 330 * layer.values[k], cy: y, r: 5, class: `vs-bar-dot vs-bar-${layer.key}` }));
      }
      y += 22;
    });
    return svg;
  }
  function legend(layers) {
    const list = document.createElement("ul");
    list.className = "vs-wheel-keys";
    for (const layer of layers) {
      const item = document.createElement("li"), line = document.createElement("i");
      line.className = `vs-key-${layer.key}`;
      item.append(line, document.createTextNode(layer.gap === null ? layer.name : `${layer.name} (gap ${layer.gap.toFixed(2)})`));
      list.append(item);
    }
    return list;
  }
  model.on("change:content", draw);
  draw();
  return () => model.off("change:content", draw);
}
export default { render };
