// The views of the monitor: table, cards, trend, raw frames. Each draws the same buffers.
import { now } from "../site/api.js";
import { Chart } from "../site/chart.js";
import { el, icon } from "../site/dom.js";
import { QUALITY_ICONS, age, clock, day, moment, number, quality, shown } from "../site/format.js";
import { sparkline } from "./buffers.js";

const FLASH = 300, RAW_LINES = 500;

function drawQuality(cell, item) {
  const name = quality(item);
  if (cell.dataset.said === name) return;
  cell.dataset.said = name;
  cell.replaceChildren(el(`span.chip.${name.toLowerCase()}`, {}, icon(QUALITY_ICONS[name]), name));
}

// Writes only what is new: the browser lays out what has been written.
const say = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };

// The time of a sample; its day only if it is not today.
const today = (time) => (day(time) === day(now()) ? clock(time) : moment(time));

function change(buffer) {
  const [a, b] = [buffer.before?.Value, buffer.item?.Value];
  if (typeof a !== "number" || typeof b !== "number") return "";
  const text = number(Math.abs(b - a), 3);
  return b === a ? "0" : `${b > a ? "+" : "−"}${text}`;
}

// Which of many things can be seen; only those are drawn. Before the browser has told, all of them.
class Seen {
  constructor(onsight, onhide = () => {}) {
    this.hidden = new WeakSet();
    this.watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting && !this.hidden.has(target)) { this.hidden.add(target); onhide(target); }
        if (isIntersecting && this.hidden.delete(target)) onsight(target);
      }
    }, { rootMargin: "120px" });
  }

  add(element) { this.watch.observe(element); }

  has(element) { return !this.hidden.has(element); }
}

export class Table {
  every = 100;

  constructor(place, { onremove, onsight }) {
    this.rows = new Map();
    // A row out of sight keeps its name and its height only, so that many rows stay a short document.
    this.seen = new Seen((row) => {
      const kept = this.rows.get(row.dataset.webid)?.parts;
      if (kept) row.replaceChildren(...kept);
      onsight(row.dataset.webid);
    }, (row) => { if (!row.contains(document.activeElement)) row.replaceChildren(row.firstChild); });
    const head = ["Name", "Value", "Units", "Change", "Sampled", "Age", "Quality", "Trend"];
    const right = new Set(["Value", "Change", "Age"]);
    this.body = el("tbody");
    const cells = head.map((name) => el(right.has(name) ? "th.num" : "th", { scope: "col", text: name }));
    place.replaceChildren(el("div.scroll", { tabindex: "0", role: "group", "aria-label": "Table" }, el("table.streams", {}, el("thead", {}, el("tr", {}, ...cells, el("th", { scope: "col" }, el("span.hide-visually", { text: "Actions" })))), this.body)));
    this.onremove = onremove;
  }

  #row(buffer) {
    const row = el("tr", { data: { webid: buffer.webId } }, el("th", { scope: "row", text: buffer.name, title: buffer.webId }));
    const remove = el("button", { type: "button", title: `Stop watching ${buffer.name}`, "aria-label": `Stop watching ${buffer.name}`, onclick: () => this.onremove(buffer.webId) }, icon("cross"));
    const link = (href, name, text) => el("a", { href, title: `${text} ${buffer.name}`, "aria-label": `${text} ${buffer.name}` }, icon(name));
    const acts = el("td.acts", {}, link(`/trend/?webid=${buffer.webId}`, "chart", "Trend of"), link(`/piwebapi/streams/${buffer.webId}/value`, "api", "API of"), remove);
    const cells = { value: el("td.value.num"), units: el("td", { text: buffer.units }), change: el("td.num.muted"), time: el("td"), age: el("td.num.age"), quality: el("td"), course: el("td") };
    cells.canvas = el("canvas", { "aria-hidden": "true" });
    cells.course.append(cells.canvas);
    row.append(cells.value, cells.units, cells.change, cells.time, cells.age, cells.quality, cells.course, acts);
    this.seen.add(row);
    return { row, parts: [...row.children], ...cells };
  }

  // `only`: the streams that have changed; else all.
  draw(buffers, { from, to, rate, only, flash = new Set() }) {
    const made = [];
    for (const buffer of buffers) {
      const fresh = !this.rows.has(buffer.webId);
      if (fresh) this.rows.set(buffer.webId, this.#row(buffer));
      const cells = this.rows.get(buffer.webId);
      made.push(cells.row);
      if (only && !fresh && !only.has(buffer.webId)) continue;
      if (buffer.fault) {
        if (!cells.said) { cells.said = true; cells.quality.replaceChildren(el("span.chip.bad", {}, icon("cross"), "error")); cells.time.classList.add("wide"); cells.time.textContent = buffer.fault; }
        continue;
      }
      if (!buffer.item) continue;
      const text = shown(buffer.item.Value, buffer.digits);
      if (cells.value.textContent !== text) cells.value.textContent = text;
      if (flash.has(buffer.webId)) {
        cells.value.classList.add("flash");
        setTimeout(() => cells.value.classList.remove("flash"), FLASH);
      }
      say(cells.units, buffer.item.UnitsAbbreviation || buffer.units);
      say(cells.change, change(buffer));
      say(cells.time, today(buffer.item.Timestamp));
      this.ageOf(buffer, cells, rate);
      drawQuality(cells.quality, buffer.item);
      if (this.seen.has(cells.row)) sparkline(cells.canvas, buffer.since(from), from, to);
    }
    if (this.body.children.length !== made.length || made.some((row, place) => this.body.children[place] !== row)) this.body.replaceChildren(...made);
    if (this.rows.size > buffers.length) {
      const wanted = new Set(buffers.map((buffer) => buffer.webId));
      for (const key of [...this.rows.keys()]) if (!wanted.has(key)) this.rows.delete(key);
    }
  }

  ageOf(buffer, cells, rate) {
    const silent = Date.now() - buffer.arrived, stale = buffer.arrived > 0 && silent > 3 * rate + 1000;
    cells.row.classList.toggle("stale", stale);
    say(cells.age, stale ? `stale ${age(silent).replace(" ago", "")}` : age(now() - Date.parse(buffer.item.Timestamp)));
  }
}

export class Cards {
  every = 100;

  constructor(place, { onsight }) {
    this.seen = new Seen((card) => onsight(card.dataset.webid));
    this.box = el("div.tiles-view");
    place.replaceChildren(this.box);
    this.cards = new Map();
  }

  draw(buffers, { from, to, rate, only }) {
    const made = buffers.map((buffer) => {
      const fresh = !this.cards.has(buffer.webId);
      if (fresh) {
        const parts = { value: el("b", { text: "-" }), when: el("span.muted.small"), quality: el("span"), canvas: el("canvas", { "aria-hidden": "true" }) };
        parts.card = el("div.watch-card", { data: { webid: buffer.webId } }, el("span", { text: buffer.name, title: buffer.name }), parts.value, el("div.row", {}, parts.quality, parts.when), parts.canvas);
        this.cards.set(buffer.webId, parts);
        this.seen.add(parts.card);
      }
      const parts = this.cards.get(buffer.webId);
      if (only && !fresh && !only.has(buffer.webId)) return parts.card;
      if (buffer.fault) parts.when.textContent = buffer.fault;
      else if (buffer.item) {
        parts.value.textContent = `${shown(buffer.item.Value, buffer.digits)} ${buffer.item.UnitsAbbreviation || buffer.units}`.trim();
        parts.when.textContent = clock(buffer.item.Timestamp);
        parts.card.classList.toggle("stale", Date.now() - buffer.arrived > 3 * rate + 1000);
        drawQuality(parts.quality, buffer.item);
      }
      return parts.card;
    });
    if (this.box.children.length !== made.length) this.box.replaceChildren(...made);
    for (const buffer of buffers) {
      const { card, canvas } = this.cards.get(buffer.webId);
      if ((!only || only.has(buffer.webId)) && this.seen.has(card)) sparkline(canvas, buffer.since(from), from, to);
    }
  }
}

export class Trend {
  every = 500;

  constructor(place) {
    this.note = el("p.muted.small.pad");
    const box = el("div.pad.chart");
    place.replaceChildren(box, this.note);
    this.chart = new Chart(box, { height: 360 });
  }

  draw(buffers, { from, to }) {
    const good = buffers.filter((buffer) => !buffer.fault);
    this.note.textContent = good.length > 8 ? `The first 8 of ${good.length} streams are drawn.` : "";
    const series = good.slice(0, 8).map((buffer) => ({
      label: buffer.name, unit: buffer.item?.UnitsAbbreviation || buffer.units, digits: buffer.digits,
      points: buffer.since(from).map(([at, value]) => [at / 1000, value]), hidden: this.hidden?.has(buffer.webId),
    }));
    if (this.chart.series.length === series.length) series.forEach((one, place) => { one.hidden = this.chart.series[place].hidden; });
    this.chart.slide(series, [from / 1000, to / 1000]);
  }
}

export class Raw {
  every = 250;

  constructor(place, lines) {
    this.lines = lines;
    this.filter = el("input", { type: "search", placeholder: "Filter", "aria-label": "Filter frames" });
    this.log = el("div.raw", { tabindex: "0", role: "log", "aria-label": "Frames, newest first", "aria-live": "off" });
    place.replaceChildren(el("div.raw-tools.row", {}, this.filter, el("span.muted.small", { text: `The last ${RAW_LINES} frames in (‹) and out (›), newest first` })), this.log);
    this.filter.addEventListener("input", () => this.draw());
  }

  draw() {
    const text = this.filter.value.toLowerCase();
    const found = this.lines.filter((line) => line.text.toLowerCase().includes(text)).slice(-200).reverse();
    this.log.replaceChildren(...found.map((line) => el(line.direction === "out" ? "div.out" : "div", { text: `${clock(line.at)} ${line.direction === "out" ? "›" : "‹"} ${line.text}` })));
    if (!found.length) this.log.append(el("span.muted", { text: "No frames yet." }));
  }
}

export { RAW_LINES };
