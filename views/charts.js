// Live line charts, one small canvas a panel. A step sends one row of numbers; everything else stays here.
const MOST_POINTS = 2000;
const floats = (view) => new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

function ticks(low, high) {
  const raw = (high - low) / 3, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) || raw;
  const found = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) found.push(Math.abs(t) < step * 1e-6 ? 0 : t);
  return found;
}
const tell = (v) => !Number.isFinite(v) ? "–" : v === 0 ? "0" : Math.abs(v) >= 100 ? v.toFixed(0)
  : Math.abs(v) < 0.001 ? v.toExponential(1) : v.toPrecision(3).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

function render({ model, el }) {
  el.classList.add("vs-charts");
  let rows = [], columns = 1, ghost = [], others = [], band = [], panels = [], views = [], pending = false, cross = null, ink = {}, lastSaid = 0;

  const readInk = () => {
    const css = getComputedStyle(el), get = (name) => css.getPropertyValue(name).trim();
    ink = { text: get("--vs-text"), muted: get("--vs-muted"), grid: get("--vs-line"), ghost: get("--vs-ghost"),
      card: get("--vs-card"), mark: get("--vs-mark"), alarm: get("--vs-alarm"), series: [1, 2, 3, 4, 5, 6].map((i) => get(`--vs-series-${i}`)) };
  };
  const split = (data) => { const out = []; for (let r = 0; r + columns <= data.length; r += columns) out.push(data.subarray(r, r + columns)); return out; };

  function build() {
    panels = model.get("panels");
    columns = 1 + 2 * model.get("width");
    el.innerHTML = "";
    const grid = document.createElement("div");
    grid.className = "vs-panels";
    el.append(grid);
    views = panels.map((panel) => {
      const box = document.createElement("figure");
      box.className = "vs-panel";
      const head = document.createElement("figcaption");
      const title = document.createElement("span");
      title.className = "vs-panel-title"; title.textContent = panel.title; title.title = panel.about;
      const keys = document.createElement("span");
      keys.className = "vs-keys";
      const numbers = panel.series.map((series, k) => {
        const key = document.createElement("span"), swatch = document.createElement("i"), number = document.createElement("b");
        swatch.className = `vs-swatch vs-swatch-${k % 6}`;
        key.append(swatch, document.createTextNode(panel.series.length > 1 ? `${series.name} ` : ""), number);
        key.title = series.about; keys.append(key);
        return number;
      });
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      const files = document.createElement("span"), view = { panel, canvas, numbers, pen: canvas.getContext("2d") };
      files.className = "vs-files";
      for (const kind of ["SVG", "PNG", "CSV"]) {
        const button = document.createElement("button");
        button.type = "button"; button.textContent = kind; button.setAttribute("aria-label", `${panel.title}: save as ${kind}`);
        button.addEventListener("click", () => take(view, kind));
        files.append(button);
      }
      head.append(title, keys, files); box.append(head, canvas); grid.append(box);
      canvas.addEventListener("pointermove", (e) => { cross = (e.clientX - canvas.getBoundingClientRect().left); request(); });
      canvas.addEventListener("pointerleave", () => { cross = null; request(); });
      canvas.addEventListener("click", (e) => {
        const step = stepAt(e.clientX - canvas.getBoundingClientRect().left, canvas.clientWidth);
        model.set("target", [step, Date.now()]); model.save_changes();
      });
      return view;
    });
    watcher.disconnect();
    for (const view of views) watcher.observe(view.canvas);
    readHistory();
  }
  function readHistory() {
    columns = 1 + 2 * model.get("width");
    rows = split(floats(model.get("history")));
    request();
  }
  function readOthers() {
    const m = model.get("width"), data = floats(model.get("others")), runs = new Map();
    for (let r = 0; r + m + 2 <= data.length; r += m + 2) {
      if (!runs.has(data[r])) runs.set(data[r], []);
      runs.get(data[r]).push(data.subarray(r + 1, r + m + 2));
    }
    others = [...runs.values()]; band = split(floats(model.get("band")));
    request();
  }
  function readGhost() { ghost = split(floats(model.get("ghost"))); request(); }
  function append() {
    for (const row of split(floats(model.get("tail")))) if (!rows.length || row[0] > rows[rows.length - 1][0]) rows.push(row);
    if (rows.length > 2 * MOST_POINTS) rows = rows.filter((_, r) => r % 2 === 0 || r === rows.length - 1);
    request();
  }
  function request() { if (!pending) { pending = true; requestAnimationFrame(draw); } }

  const LEFT = 40, RIGHT = 8, TOP = 6, BOTTOM = 17;
  const span = () => [rows.length ? rows[0][0] : 0, Math.max(...others.map((run) => run[run.length - 1][0]), rows.length ? rows[rows.length - 1][0] : 0, ghost.length ? ghost[ghost.length - 1][0] : 0, (rows.length ? rows[0][0] : 0) + 10)];
  const stepAt = (px, width) => { const [a, b] = span(); return Math.round(a + (b - a) * Math.max(0, Math.min(1, (px - LEFT) / (width - LEFT - RIGHT)))); };

  function draw() {
    pending = false;
    for (const view of views) drawPanel(view);
    const now = Date.now();
    if (now - lastSaid > 1000) {
      lastSaid = now;
      for (const { panel, canvas, numbers } of views)
        canvas.setAttribute("aria-label", `${panel.title} over time, now ${panel.series.map((s, k) => `${s.name} ${numbers[k].textContent}`).join(", ")}. ${panel.about}`);
    }
  }
  function take(view, kind) {
    const { panel, canvas } = view, name = panel.title.replaceAll(/[^A-Za-z0-9]+/g, "-"), width = canvas.clientWidth, height = canvas.clientHeight;
    if (kind === "CSV") { keep(csvText(panel, rows, model.get("width"), model.get("twin")), "text/csv", `${name}.csv`); return; }
    const svg = svgText(panel, ink, width, height, (pen) => drawPanel({ ...view, pen }));
    if (kind === "SVG") keep(svg, "image/svg+xml", `${name}.svg`); else keepPicture(svg, width, height, `${name}.png`);
  }
  function drawPanel({ panel, canvas, numbers, pen }) {
    const width = canvas.clientWidth, height = canvas.clientHeight, dpr = Math.min(2, window.devicePixelRatio || 1);
    if (!width || !columns) return;
    if (canvas.width !== Math.round(width * dpr) || canvas.height !== Math.round(height * dpr)) {
      canvas.width = Math.round(width * dpr); canvas.height = Math.round(height * dpr);
    }
    const difference = model.get("difference"), twin = model.get("twin"), m = model.get("width");
    const own = (row, c) => difference ? row[1 + c] - row[1 + m + c] : row[1 + c];
    const [first, last] = span();
    let low = Infinity, high = -Infinity;
    const see = (v) => { if (Number.isFinite(v)) { if (v < low) low = v; if (v > high) high = v; } };
    for (const row of rows) for (const s of panel.series) { see(own(row, s.column)); if (twin && !difference) see(row[1 + m + s.column]); }
    if (!difference) for (const run of others) for (const row of run) for (const s of panel.series) see(row[1 + s.column]);
    if (!difference) for (const row of ghost) for (const s of panel.series) see(row[1 + s.column]);
    if (!(high >= low)) { low = 0; high = 1; }
    const least = Math.max(panel.least, 1e-9), pad = Math.max(least - (high - low), 0) / 2 + (high - low) * 0.06;
    low -= pad; high += pad;
    if (!difference && panel.low !== null && low < panel.low) low = panel.low;
    if (!difference && panel.high !== null && high > panel.high) high = panel.high;
    if (high - low < 1e-12) high = low + least;
    const px = (step) => LEFT + (step - first) / (last - first) * (width - LEFT - RIGHT);
    const py = (v) => TOP + (high - v) / (high - low) * (height - TOP - BOTTOM);
    pen.setTransform(dpr, 0, 0, dpr, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "11px Roboto, system-ui, sans-serif"; pen.lineWidth = 1; pen.textBaseline = "middle";
    for (const t of ticks(low, high)) {
      const line = Math.round(py(t)) + 0.5;
      pen.strokeStyle = ink.grid; pen.globalAlpha = difference && t === 0 ? 1 : 0.8; pen.beginPath(); pen.moveTo(LEFT, line); pen.lineTo(width - RIGHT, line); pen.stroke();
      pen.globalAlpha = 1; pen.fillStyle = ink.muted; pen.textAlign = "right"; pen.fillText(tell(t), LEFT - 5, line);
    }
    pen.textBaseline = "alphabetic";
    for (const t of ticks(first, last)) if (Number.isInteger(t)) { pen.textAlign = "center"; if (px(t) < width - 14) pen.fillText(String(t), px(t), height - 4); }
    for (const mark of model.get("marks")) {
      if (mark.step < first || mark.step > last) continue;
      pen.strokeStyle = mark.kind === "failure" ? ink.alarm : ink.mark; pen.setLineDash(mark.kind === "failure" ? [] : [3, 3]);
      pen.lineWidth = 1.4; pen.beginPath(); pen.moveTo(px(mark.step), TOP); pen.lineTo(px(mark.step), height - BOTTOM); pen.stroke(); pen.setLineDash([]);
    }
    const stroke = (data, value, color, dash, line) => {
      const stride = Math.max(1, Math.ceil(data.length / Math.max(200, width * 1.5)));
      pen.strokeStyle = color; pen.setLineDash(dash); pen.lineWidth = line; pen.lineJoin = "round"; pen.beginPath();
      let open = false;
      data.forEach((row, r) => {
        if (r % stride && r !== data.length - 1) return;
        const v = value(row);
        if (!Number.isFinite(v)) { open = false; return; }
        open ? pen.lineTo(px(row[0]), py(v)) : pen.moveTo(px(row[0]), py(v)); open = true;
      });
      pen.stroke(); pen.setLineDash([]);
    };
    // Other seeds: the range that eight in ten lie in, and each run.
    if (!difference && band.length) panel.series.forEach((s, k) => {
      const there = band.filter((row) => Number.isFinite(row[1 + s.column]) && Number.isFinite(row[1 + m + s.column]));
      pen.fillStyle = ink.series[k % 6]; pen.globalAlpha = 0.14; pen.beginPath();
      there.forEach((row, r) => r ? pen.lineTo(px(row[0]), py(row[1 + m + s.column])) : pen.moveTo(px(row[0]), py(row[1 + m + s.column])));
      for (const row of [...there].reverse()) pen.lineTo(px(row[0]), py(row[1 + s.column]));
      pen.closePath(); pen.fill(); pen.globalAlpha = 0.35;
      for (const run of others) stroke(run, (row) => row[1 + s.column], ink.series[k % 6], [], 0.8);
      pen.globalAlpha = 1;
    });
    let near = rows[rows.length - 1];
    if (cross !== null) {
      const step = stepAt(cross, width);
      for (const row of rows) { near = row; if (row[0] >= step) break; }
    }
    panel.series.forEach((s, k) => {
      const color = ink.series[k % 6], dash = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4], [12, 3]][k % 6];
      if (!difference) stroke(ghost, (row) => row[1 + s.column], ink.ghost, [], 1.2);
      if (twin && !difference) stroke(rows, (row) => row[1 + m + s.column], ink.muted, panel.series.length > 1 ? dash : [4, 3], 1.3);
      stroke(rows, (row) => own(row, s.column), color, panel.series.length > 1 ? dash : [], 2);
      if (near) {
        const v = own(near, s.column);
        numbers[k].textContent = tell(v);
        if (Number.isFinite(v)) { pen.fillStyle = color; pen.beginPath(); pen.arc(px(near[0]), py(v), 3, 0, 7); pen.fill(); }
      } else numbers[k].textContent = "–";
    });
    if (cross !== null && near) {
      pen.strokeStyle = ink.muted; pen.lineWidth = 1; pen.beginPath(); pen.moveTo(px(near[0]), TOP); pen.lineTo(px(near[0]), height - BOTTOM); pen.stroke();
      pen.fillStyle = ink.text; pen.textAlign = px(near[0]) > width / 2 ? "right" : "left";
      const beside = px(near[0]) + (px(near[0]) > width / 2 ? -5 : 5);
      pen.fillText(`step ${near[0]}`, beside, TOP + 9);
      const met = model.get("marks").filter((mark) => Math.abs(px(mark.step) - cross) < 6).map((mark) => mark.text.replaceAll("_", " "));
      met.slice(0, 4).forEach((text, k) => pen.fillText(text, beside, TOP + 22 + 13 * k));
    }
  }
  const watcher = new ResizeObserver(() => { readInk(); request(); });
  const listeners = { "change:panels": build, "change:history": readHistory, "change:ghost": readGhost, "change:others": readOthers, "change:tail": append,
    "change:twin": request, "change:difference": request, "change:marks": request };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  const theme = new MutationObserver(() => { readInk(); request(); });
  theme.observe(document.querySelector(".v-application") || document.body, { attributes: true, attributeFilter: ["class"] });
  readInk(); build(); readGhost(); readOthers();
  return () => {
    watcher.disconnect(); theme.disconnect();
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}
export default { render };
