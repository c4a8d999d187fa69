// A chart as a file: a pen that writes SVG in place of a canvas, and the numbers as CSV. Nothing leaves the browser.
class SvgPen {
  constructor() { this.out = []; this.path = ""; this.dash = []; this.globalAlpha = 1; this.lineWidth = 1; }
  setTransform() {} clearRect() {}
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${x.toFixed(2)} ${y.toFixed(2)}`; }
  lineTo(x, y) { this.path += `L${x.toFixed(2)} ${y.toFixed(2)}`; }
  closePath() { this.path += "Z"; }
  arc(x, y, r) { this.path += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`; }
  setLineDash(dash) { this.dash = dash; }
  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.out.push(`<path d="${this.path}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-opacity="${this.globalAlpha}" stroke-linejoin="round"${dash}/>`);
  }
  fill() { this.out.push(`<path d="${this.path}" fill="${this.fillStyle}" fill-opacity="${this.globalAlpha}"/>`); }
  fillText(said, x, y) {
    const anchor = { right: "end", left: "start", center: "middle" }[this.textAlign] || "start", below = this.textBaseline === "middle" ? 4 : 0;
    this.out.push(`<text x="${x.toFixed(2)}" y="${(y + below).toFixed(2)}" text-anchor="${anchor}" fill="${this.fillStyle}">${plain(said)}</text>`);
  }
}
const plain = (said) => String(said).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const HEAD = 34;
// The chart with its title and its lines' names, on the card's own ground.
function svgText(panel, ink, width, height, draw) {
  const pen = new SvgPen();
  draw(pen);
  let at = 8;
  const keys = panel.series.map((series, k) => {
    const x = at;
    at += 30 + 6.4 * series.name.length;
    return `<path d="M${x} 25h14" stroke="${ink.series[k % 6]}" stroke-width="3"/><text x="${x + 18}" y="29" fill="${ink.text}">${plain(series.name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + HEAD}" font-family="Roboto, sans-serif" font-size="11">`
    + `<rect width="100%" height="100%" fill="${ink.card}"/><text x="8" y="14" font-weight="600" font-size="12.5" fill="${ink.text}">${plain(panel.title)}</text>`
    + `${panel.series.length > 1 ? keys.join("") : ""}<g transform="translate(0 ${HEAD})">${pen.out.join("")}</g></svg>`;
}
function csvText(panel, rows, m, twin) {
  const quoted = (said) => `"${String(said).replaceAll('"', '""')}"`, number = (v) => Number.isFinite(v) ? String(v) : "";
  const names = panel.series.flatMap((s) => twin ? [s.name, `${s.name} (twin)`] : [s.name]);
  const lines = rows.map((row) => [row[0], ...panel.series.flatMap((s) => twin ? [number(row[1 + s.column]), number(row[1 + m + s.column])] : [number(row[1 + s.column])])].join(","));
  return [["step", ...names].map(quoted).join(","), ...lines].join("\n") + "\n";
}
function keep(content, kind, name) {
  const link = document.createElement("a"), address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type: kind }));
  link.href = address; link.download = name; document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
function keepPicture(svg, width, height, name) {
  const image = new Image(), canvas = document.createElement("canvas");
  canvas.width = 2 * width; canvas.height = 2 * (height + HEAD);
  image.onload = () => { canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height); canvas.toBlob((blob) => keep(blob, "image/png", name)); };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
