// The network on Canvas 2D: ties once (kept on a canvas of their own), one byte an agent a step.
const HIDDEN = 255, SQUARES = 3000, CELLS = 64, TWO_PI = 2 * Math.PI;

const bytes = (view) => new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
const floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
const whole = (view) => new Uint32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

function render({ model, el }) {
  el.classList.add("vs-network");
  el.innerHTML = `<div class="vs-stage"><canvas class="vs-ties" aria-hidden="true"></canvas>
    <canvas class="vs-agents" tabindex="0" role="img"></canvas><div class="vs-tip" role="status" hidden></div>
    <div class="vs-zoom"><button type="button" title="Closer" aria-label="Closer">+</button>
    <button type="button" title="Further" aria-label="Further">−</button>
    <button type="button" title="All of it" aria-label="Fit all of it">⤢</button></div></div>`;
  const stage = el.querySelector(".vs-stage"), tiesCanvas = el.querySelector(".vs-ties");
  const canvas = el.querySelector(".vs-agents"), tip = el.querySelector(".vs-tip");
  const pen = canvas.getContext("2d"), tiesPen = tiesCanvas.getContext("2d");
  let at, edges, colors, sizes, flags, palette, grid, neighbours = new Set();
  let width = 0, height = 0, dpr = 1, zoom = 1, dx = 0, dy = 0, hover = -1, pending = false, tiesStale = true, tiled = false;
  let ink = {};

  const readInk = () => {
    const css = getComputedStyle(el), get = (name) => css.getPropertyValue(name).trim();
    ink = { tie: get("--vs-tie"), outline: get("--vs-outline"), accent: get("--vs-accent"), text: get("--vs-text") };
  };
  const scale = () => (Math.min(width, height) / 2 - 14) * zoom;
  const x = (i) => width / 2 + dx + at[2 * i] * scale();
  const y = (i) => height / 2 + dy + at[2 * i + 1] * scale();
  const base = () => Math.max(1.6, Math.min(11, 0.36 * Math.min(width, height) / Math.sqrt(at.length / 2 + 1))) * Math.sqrt(zoom);
  const tile = () => tiled ? model.get("cell") * scale() : 0;
  const far = (i, j) => tiled && Math.max(Math.abs(at[2 * i] - at[2 * j]), Math.abs(at[2 * i + 1] - at[2 * j + 1])) > 1;
  const radius = (i) => tiled ? tile() : base() * (0.45 + 1.1 * sizes[i] / 255);

  function load() {
    at = floats(model.get("positions"));
    edges = whole(model.get("edges"));
    tiesStale = true; grid = null;
    findNeighbours();
    paint();
  }
  function findNeighbours() {
    neighbours = new Set();
    const s = model.get("selected");
    if (s < 0 || !edges) return;
    for (let e = 0; e < edges.length; e += 2) {
      if (edges[e] === s) neighbours.add(edges[e + 1]);
      else if (edges[e + 1] === s) neighbours.add(edges[e]);
    }
  }
  function paint() {
    colors = bytes(model.get("colors")); sizes = bytes(model.get("sizes")); flags = bytes(model.get("flags"));
    palette = model.get("palette");
    const equal = model.get("cell") > 0 && sizes.every((size) => size === sizes[0]);
    if (equal !== tiled) { tiled = equal; tiesStale = true; }
    request();
  }
  function request() { if (!pending) { pending = true; requestAnimationFrame(draw); } }

  function drawTies() {
    tiesStale = false;
    tiesPen.setTransform(dpr, 0, 0, dpr, 0, 0);
    tiesPen.clearRect(0, 0, width, height);
    const count = edges.length / 2;
    if (tiled) return;
    tiesPen.strokeStyle = ink.tie;
    tiesPen.globalAlpha = Math.max(0.06, Math.min(0.75, 14 / Math.sqrt(count + 1)));
    tiesPen.lineWidth = count > 5000 ? 0.5 : 1;
    for (let from = 0; from < edges.length; from += 8000) {
      tiesPen.beginPath();
      for (let e = from; e < Math.min(from + 8000, edges.length); e += 2) {
        tiesPen.moveTo(x(edges[e]), y(edges[e]));
        tiesPen.lineTo(x(edges[e + 1]), y(edges[e + 1]));
      }
      tiesPen.stroke();
    }
    tiesPen.globalAlpha = 1;
  }
  function mark(i, color, line, grow) {
    pen.strokeStyle = color; pen.lineWidth = line;
    const r = radius(i) + (tiled ? 0 : grow);
    if (tiled) { pen.strokeRect(x(i) - r, y(i) - r, 2 * r, 2 * r); return; }
    pen.beginPath(); pen.arc(x(i), y(i), r, 0, TWO_PI); pen.stroke();
  }
  function draw() {
    pending = false;
    const n = at.length / 2;
    if (width > 0 && colors.length === n && sizes.length === n) {
      if (tiesStale) drawTies();
      pen.setTransform(dpr, 0, 0, dpr, 0, 0);
      pen.clearRect(0, 0, width, height);
      const s = model.get("selected");
      if (s >= 0 && s < n) {
        pen.strokeStyle = ink.accent; pen.lineWidth = 1.4; pen.beginPath();
        for (const j of neighbours) if (!far(s, j)) { pen.moveTo(x(s), y(s)); pen.lineTo(x(j), y(j)); }
        pen.stroke();
      }
      const buckets = palette.map(() => []);
      for (let i = 0; i < n; i++) if (colors[i] < buckets.length) buckets[colors[i]].push(i);
      const squares = n > SQUARES;
      pen.strokeStyle = ink.outline; pen.lineWidth = 0.8;
      buckets.forEach((members, c) => {
        if (!members.length) return;
        pen.fillStyle = palette[c];
        if (tiled) {
          const r = tile() * (tile() > 3 ? 0.94 : 1);
          for (const i of members) pen.fillRect(x(i) - r, y(i) - r, 2 * r, 2 * r);
        } else if (squares) {
          for (const i of members) { const r = radius(i); pen.fillRect(x(i) - r, y(i) - r, 2 * r, 2 * r); }
        } else {
          pen.beginPath();
          for (const i of members) { const r = radius(i); pen.moveTo(x(i) + r, y(i)); pen.arc(x(i), y(i), r, 0, TWO_PI); }
          pen.fill(); pen.stroke();
        }
      });
      for (let i = 0; i < n; i++) if (flags[i] & 1 && colors[i] !== HIDDEN) mark(i, ink.text, 1.6, 1);
      for (const j of neighbours) if (colors[j] !== HIDDEN) mark(j, ink.accent, 1.4, 2);
      if (hover >= 0 && hover < n) mark(hover, ink.text, 1.5, 3);
      if (s >= 0 && s < n) mark(s, ink.accent, 3, 4);
    }
    acknowledge();
  }
  function acknowledge() {
    const frame = model.get("frame");
    if (model.get("ack") !== frame) { model.set("ack", frame); model.save_changes(); }
  }
  function buildGrid() {
    grid = new Map();
    for (let i = 0; i < at.length / 2; i++) {
      const key = Math.floor((at[2 * i] + 1) * CELLS / 2) * 1024 + Math.floor((at[2 * i + 1] + 1) * CELLS / 2);
      grid.has(key) ? grid.get(key).push(i) : grid.set(key, [i]);
    }
  }
  function nearest(px, py) {
    if (!grid) buildGrid();
    const gx = (px - width / 2 - dx) / scale(), gy = (py - height / 2 - dy) / scale();
    const cx = Math.floor((gx + 1) * CELLS / 2), cy = Math.floor((gy + 1) * CELLS / 2);
    const reach = Math.min(8, Math.max(1, Math.ceil(16 / (scale() * 2 / CELLS))));
    let best = -1, limit = 18 * 18;
    for (let a = cx - reach; a <= cx + reach; a++) for (let b = cy - reach; b <= cy + reach; b++) {
      for (const i of grid.get(a * 1024 + b) || []) {
        if (colors[i] === HIDDEN) continue;
        const d = (x(i) - px) ** 2 + (y(i) - py) ** 2;
        if (d < limit) { limit = d; best = i; }
      }
    }
    return best;
  }
  function point(i) {
    if (i === hover) return;
    hover = i;
    canvas.style.cursor = i >= 0 ? "pointer" : "grab";
    tip.hidden = true;
    model.set("hovered", i); model.save_changes();
    request();
  }
  function showTip() {
    const said = model.get("tip");
    tip.hidden = !(hover >= 0 && said.agent === hover);
    if (tip.hidden) return;
    tip.textContent = said.text;
    tip.style.left = `${Math.max(4, Math.min(x(hover) + 12, width - tip.offsetWidth - 6))}px`;
    tip.style.top = `${Math.max(4, Math.min(y(hover) + 12, height - tip.offsetHeight - 6))}px`;
  }
  function select(i) { model.set("selected", i); model.save_changes(); findNeighbours(); request(); }
  function zoomBy(factor, px, py) {
    const next = Math.max(1, Math.min(24, zoom * factor)), f = next / zoom;
    dx = (dx - (px - width / 2)) * f + (px - width / 2);
    dy = (dy - (py - height / 2)) * f + (py - height / 2);
    zoom = next;
    if (zoom === 1) dx = dy = 0;
    tiesStale = true; request();
  }
  function resize() {
    const box = stage.getBoundingClientRect();
    if (!box.width) return;
    width = box.width; height = box.height; dpr = Math.min(2, window.devicePixelRatio || 1);
    for (const c of [canvas, tiesCanvas]) { c.width = width * dpr; c.height = height * dpr; }
    readInk(); tiesStale = true; request();
  }

  const spot = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  let dragged = null;
  canvas.addEventListener("pointerdown", (e) => { dragged = { from: spot(e), dx, dy, moved: false }; canvas.setPointerCapture(e.pointerId); });
  canvas.addEventListener("pointermove", (e) => {
    const [px, py] = spot(e);
    if (dragged && e.buttons) {
      const mx = px - dragged.from[0], my = py - dragged.from[1];
      if (dragged.moved || Math.abs(mx) + Math.abs(my) > 5) {
        dragged.moved = true;
        if (zoom > 1) { dx = dragged.dx + mx; dy = dragged.dy + my; tiesStale = true; request(); }
      }
    } else point(nearest(px, py));
  });
  canvas.addEventListener("pointerup", (e) => {
    if (dragged && !dragged.moved) {
      const i = e.pointerType === "mouse" && hover >= 0 ? hover : nearest(...spot(e));
      select(i === model.get("selected") ? -1 : i);
    }
    dragged = null;
  });
  canvas.addEventListener("pointerleave", () => point(-1));
  canvas.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault(); zoomBy(Math.exp(-e.deltaY / 300), ...spot(e));
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    const n = at.length / 2, s = model.get("selected"), by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (by) {
      let next = s < 0 ? (by > 0 ? 0 : n - 1) : (s + by + n) % n;
      for (let tries = 0; colors[next] === HIDDEN && tries < n; tries++) next = (next + by + n) % n;
      select(next); e.preventDefault();
    } else if (e.key === "Escape") select(-1);
    else if (e.key === "Enter") document.querySelector(".vs-agent")?.focus();
    else if (e.key === "+" || e.key === "=") zoomBy(1.4, width / 2, height / 2);
    else if (e.key === "-") zoomBy(1 / 1.4, width / 2, height / 2);
  });
  const [closer, further, fit] = el.querySelectorAll(".vs-zoom button");
  closer.addEventListener("click", () => zoomBy(1.5, width / 2, height / 2));
  further.addEventListener("click", () => zoomBy(1 / 1.5, width / 2, height / 2));
  fit.addEventListener("click", () => zoomBy(1e-9, width / 2, height / 2));

  const describe = () => canvas.setAttribute("aria-label", model.get("label"));
  const listeners = {
    "change:positions": load, "change:edges": load, "change:colors": paint, "change:sizes": paint, "change:flags": paint,
    "change:palette": paint, "change:cell": paint, "change:tip": showTip, "change:label": describe,
    "change:frame": () => { if (document.visibilityState === "hidden") acknowledge(); else request(); },
    "change:selected": () => { findNeighbours(); request(); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  const watcher = new ResizeObserver(resize);
  watcher.observe(stage);
  const app = document.querySelector(".v-application") || document.body;
  const theme = new MutationObserver(() => { readInk(); tiesStale = true; request(); });
  theme.observe(app, { attributes: true, attributeFilter: ["class"] });
  readInk(); describe(); load(); resize();
  return () => {
    watcher.disconnect(); theme.disconnect();
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}
export default { render };
