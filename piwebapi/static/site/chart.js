// Time series on one axis: uPlot, a legend that is a table, zoom by dragging, a cursor for mouse, finger and keys.
/* global uPlot */
import { el } from "./dom.js";
import { clock, day, inUtc, number } from "./format.js";

const COLOURS = 8;
const LENGTHS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 2592000]; // steps of seconds after a start
const COUNTS = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => n * 10 ** power)).sort((a, b) => a - b); // steps of bars
const AXES = 3; // so many units get an axis of their own

// A token such as --c1, as the browser paints it now.
function colour(token) {
  const probe = el("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const seriesColour = (place) => `--c${(place % COLOURS) + 1}`;

export class Chart {
  // series: [{label, unit, step, digits, points: [[seconds, value | null], ...]}]
  // With `since` the x values are seconds after a start, not times.
  constructor(place, { height = 320, onzoom, bands = [], since = "" } = {}) {
    this.place = place;
    this.since = since;
    this.height = height;
    this.onzoom = onzoom;
    this.bands = bands;
    this.series = [];
    this.box = el("div.chart-box", { tabindex: "0", role: "img" });
    this.table = el("table.chart-legend");
    place.replaceChildren(this.box, el("div.scroll", { tabindex: "0", role: "group", "aria-label": "Values of the chart" }, this.table));
    this.box.addEventListener("keydown", (event) => this.#keys(event));
    new ResizeObserver(() => this.#fit()).observe(place);
    for (const event of ["themechange"]) window.addEventListener(event, () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  show(series, range) {
    this.series = series;
    this.range = range;
    this.draw();
  }

  // New points at the right end, the window moved along.
  slide(series, range) {
    this.series = series;
    this.range = range;
    if (!this.plot || this.plot.series.length !== series.length + 1) return this.draw();
    this.plot.setData(this.#data(), false);
    this.plot.setScale("x", { min: range[0], max: range[1] });
    this.#statistics();
    return this.#values(this.plot.cursor.idx);
  }

  #data() {
    if (!this.series.length) return [[], []];
    return uPlot.join(this.series.map(({ points }) => [points.map((p) => p[0]), points.map((p) => p[1])]));
  }

  draw() {
    this.plot?.destroy();
    const units = [...new Set(this.series.map((one) => one.unit || ""))];
    this.shared = units.length > (this.box.clientWidth < 560 ? 1 : AXES); // then every series has its own scale and the legend tells the values
    const scaleOf = (one, place) => (this.shared ? `s${place}` : `u${units.indexOf(one.unit || "")}`);
    const text = colour("--muted"), grid = colour("--line");
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px system-ui, sans-serif" };
    const many = units.length > 1;
    const yAxes = this.shared ? [] : units.map((unit, place) => ({
      ...axis, scale: `u${place}`, side: place % 2 ? 1 : 3, label: unit || undefined, labelSize: unit ? 18 : 0, labelFont: "12px system-ui, sans-serif",
      size: 58, grid: place ? { show: false } : axis.grid,
      incrs: this.series.filter((one) => (one.unit || "") === unit).every((one) => one.bars) ? COUNTS : undefined,
      stroke: many ? colour(seriesColour(this.series.findIndex((one) => (one.unit || "") === unit))) : text,
    }));
    const drawn = this.series.map((one, place) => ({
      label: one.label, scale: scaleOf(one, place), stroke: colour(seriesColour(place)), width: 1.4,
      dash: place >= 4 ? [7, 3] : undefined, show: !one.hidden, spanGaps: false,
      ...(one.bars ? { paths: uPlot.paths.bars({ size: [0.8, 30] }), width: 0, fill: colour(seriesColour(place)), points: { show: false } } : {}),
      ...(one.bars ? {} : { paths: one.step ? uPlot.paths.stepped({ align: 1 }) : undefined, points: { size: 4 } }),
    }));
    this.box.setAttribute("aria-label", `Chart of ${this.series.map((one) => one.label).join(", ")}. Left and right move the cursor; the table below tells the values.`);
    const options = {
      width: this.box.clientWidth || 600, height: this.height, legend: { show: false }, series: [{}, ...drawn],
      tzDate: inUtc() ? (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : undefined,
      scales: {
        ...Object.fromEntries(this.series.flatMap((one, place) => (one.bars ? [[scaleOf(one, place), { range: (u, low, high) => [0, Math.max(1, high) * 1.08] }]] : []))),
        x: { time: !this.since, range: this.range ? () => this.range : undefined },
      },
      axes: [{ ...axis, ...(this.since ? { incrs: LENGTHS, space: 80 } : {}), values: (u, splits, axisAt, space, step) => splits.map((s) => (this.since ? after(s) : stamp(s, step))) }, ...yAxes],
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      hooks: {
        setCursor: [(u) => this.#values(u.cursor.idx)],
        setSelect: [(u) => this.#zoom(u)],
        drawClear: [(u) => this.#paintBands(u)],
      },
    };
    this.plot = new uPlot(options, this.#data(), this.box);
    this.#legend();
  }

  #paintBands(u) {
    const { ctx } = u;
    ctx.save();
    ctx.fillStyle = colour("--chosen");
    for (const [from, to] of this.bands) {
      const left = Math.max(u.bbox.left, u.valToPos(from, "x", true));
      const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(to, "x", true));
      if (right > left) ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    }
    ctx.restore();
  }

  #zoom(u) {
    const { left, width } = u.select;
    if (width < 4) return;
    const range = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.onzoom?.(range);
  }

  #keys(event) {
    if (!this.plot) return;
    const { plot } = this, xs = plot.data[0], last = xs.length - 1;
    const step = event.shiftKey ? 10 : 1;
    const from = plot.cursor.idx ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    const to = { ArrowLeft: from - step, ArrowRight: from + step, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const idx = Math.min(last, Math.max(0, to));
    plot.setCursor({ left: plot.valToPos(xs[idx], "x"), top: this.height / 2 });
    this.#values(idx);
  }

  #legend() {
    const head = ["Name", "Units", "At the cursor", "Minimum", "Maximum", "Mean"].map((name, place) => el(place > 1 ? "th.num" : "th", { scope: "col", text: name }));
    this.cells = this.series.map(() => Array.from({ length: 4 }, () => el("td.num")));
    const rows = this.series.map((one, place) => {
      const key = el("span.swatch");
      key.style.background = `var(${seriesColour(place)})`;
      const toggle = el("button.btn.quiet.small", { type: "button", "aria-pressed": String(!one.hidden), title: "Show or hide" }, key, one.label);
      toggle.addEventListener("click", () => {
        const now = this.series[place];
        now.hidden = !now.hidden;
        toggle.setAttribute("aria-pressed", String(!now.hidden));
        this.plot.setSeries(place + 1, { show: !now.hidden });
      });
      return el("tr", {}, el("th", { scope: "row" }, toggle), el("td", { text: one.unit || "" }), ...this.cells[place]);
    });
    this.when = el("caption.muted.small");
    this.table.replaceChildren(this.when, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
    this.#statistics();
    this.#values(null);
  }

  #statistics() {
    this.series.forEach((one, place) => {
      let low = Infinity, high = -Infinity, total = 0, many = 0;
      for (const [, value] of one.points) {
        if (value === null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
        total += value;
        many += 1;
      }
      const texts = many ? [low, high, one.step ? NaN : total / many].map((value) => this.#said(one, value)) : ["-", "-", "-"];
      texts.forEach((text, at) => { this.cells[place][at + 1].textContent = text; });
    });
  }

  #said(one, value) {
    if (value === null || value === undefined || Number.isNaN(value)) return "-";
    return one.states?.[value] ?? number(value, one.digits ?? -5);
  }

  #values(idx) {
    if (!this.plot || !this.cells) return;
    const xs = this.plot.data[0];
    const at = idx === null || idx === undefined ? xs.length - 1 : idx;
    const told = this.since ? `${after(xs[at])} after ${this.since}` : `${day(xs[at] * 1000)} ${clock(xs[at] * 1000)}`;
    this.when.textContent = xs.length ? `Values at ${told}` : "No values in this range";
    this.series.forEach((one, place) => {
      const ys = this.plot.data[place + 1];
      let look = at;
      while (look > 0 && ys[look] === undefined) look -= 1;
      this.cells[place][0].textContent = this.#said(one, ys[look]);
    });
  }

  #fit() {
    const width = this.box.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: this.height });
  }
}

const two = (n) => String(n).padStart(2, "0");

// A length since a start: 1:05, 2:03:00, 4d 06:00.
function after(seconds) {
  const s = Math.abs(Math.round(seconds)), sign = seconds < 0 ? "−" : "";
  const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d) return `${sign}${d}d ${two(h)}:${two(m)}`;
  return h ? `${sign}${h}:${two(m)}:${two(s % 60)}` : `${sign}${m}:${two(s % 60)}`;
}

// The label of a time on the axis, by how far the labels lie apart.
function stamp(seconds, step) {
  const text = new Date(seconds * 1000);
  if (step >= 86400) return day(text).slice(5);
  const time = clock(text);
  if (time === "00:00:00") return day(text).slice(5);
  return step >= 60 ? time.slice(0, 5) : time;
}

// Answers of streamsets/plot as series of a chart.
export function seriesOf(item, numeric, more = {}) {
  const states = {};
  let step = more.step ?? false;
  const points = item.Items.map((one) => {
    if (one.Value && typeof one.Value === "object" && one.Good) {
      states[one.Value.Value] = one.Value.Name;
      step = true;
    }
    return [Date.parse(one.Timestamp) / 1000, numeric(one)];
  });
  return { label: item.Name, unit: item.UnitsAbbreviation ?? "", points, step, states: step ? states : undefined, ...more, webId: item.WebId };
}
