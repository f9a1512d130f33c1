// What has come in of each stream: a bounded buffer in the order of the sample times.
export const KEPT = 3600;

export class Buffer {
  constructor(stream) {
    Object.assign(this, stream); // webId, name, units, digits, fault
    this.points = []; // [ms, number | null]
    this.item = null; // the newest value as the service told it
    this.before = null;
    this.got = 0;
    this.arrived = 0; // when the newest message came, by our clock
  }

  // Takes values in any order; a sample that is known already is not taken twice. `past`: only for the course.
  take(items, numeric, past = false) {
    for (const item of items) {
      const at = Date.parse(item.Timestamp);
      const last = this.points.at(-1)?.[0] ?? -Infinity;
      if (!past && (!this.item || at >= Date.parse(this.item.Timestamp))) {
        if (this.item && this.item.Timestamp !== item.Timestamp) this.before = this.item;
        this.item = item;
      }
      const value = numeric(item);
      if (at > last) this.points.push([at, value]);
      else if (at < last) this.#insert(at, value);
      else this.points[this.points.length - 1] = [at, value];
    }
    if (this.points.length > KEPT * 1.1) this.points.splice(0, this.points.length - KEPT);
    if (past) return;
    this.got += items.length;
    this.arrived = Date.now();
  }

  #insert(at, value) {
    let place = this.points.length;
    while (place > 0 && this.points[place - 1][0] > at) place -= 1;
    if (this.points[place - 1]?.[0] !== at) this.points.splice(place, 0, [at, value]);
  }

  since(ms) {
    const from = this.points.findIndex((point) => point[0] >= ms);
    return from < 0 ? [] : this.points.slice(from);
  }

  clear() {
    this.points = [];
    this.before = null;
    this.got = 0;
  }
}

// Sizes and colours of canvases are asked for once: each question makes the browser lay the page out.
let known = new WeakMap();
const forget = () => { known = new WeakMap(); };
window.addEventListener("resize", forget);
window.addEventListener("themechange", forget);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);

function looks(canvas) {
  if (!known.has(canvas)) known.set(canvas, { width: canvas.clientWidth || 130, height: canvas.clientHeight || 26, colour: getComputedStyle(canvas).color });
  return known.get(canvas);
}

// A small line of the last values.
export function sparkline(canvas, points, from, to) {
  const scale = devicePixelRatio || 1, { width, height, colour } = looks(canvas);
  if (canvas.width !== width * scale) { canvas.width = width * scale; canvas.height = height * scale; }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const values = points.map((point) => point[1]).filter((value) => value !== null);
  if (!values.length) return;
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const x = (at) => ((at - from) / (to - from)) * (width - 2) + 1;
  const y = (value) => (high === low ? height / 2 : height - 3 - ((value - low) / (high - low)) * (height - 6));
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  let open = false;
  for (const [at, value] of points) {
    if (value === null) { open = false; continue; }
    if (open) context.lineTo(x(at), y(value));
    else context.moveTo(x(at), y(value));
    open = true;
  }
  context.stroke();
  const [at, value] = points.at(-1);
  if (value === null) return;
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.arc(x(at), y(value), 2, 0, 7);
  context.fill();
}
