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

// The time of a sample; its day only if it is not today.
const today = (time) => (day(time) === day(now()) ? clock(time) : moment(time));

function change(buffer) {
  const [a, b] = [buffer.before?.Value, buffer.item?.Value];
  if (typeof a !== "number" || typeof b !== "number") return "";
  const text = number(Math.abs(b - a), 3);
  return b === a ? "0" : `${b > a ? "+" : "−"}${text}`;
}

export class Table {
  constructor(place, { onremove }) {
    this.rows = new Map();
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
    return { row, ...cells };
  }

  draw(buffers, { from, to, rate, flash = new Set() }) {
    const made = [];
    for (const buffer of buffers) {
      if (!this.rows.has(buffer.webId)) this.rows.set(buffer.webId, this.#row(buffer));
      const cells = this.rows.get(buffer.webId);
      made.push(cells.row);
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
      cells.units.textContent = buffer.item.UnitsAbbreviation || buffer.units;
      cells.change.textContent = change(buffer);
      cells.time.textContent = today(buffer.item.Timestamp);
      this.ageOf(buffer, cells, rate);
      drawQuality(cells.quality, buffer.item);
      sparkline(cells.canvas, buffer.since(from), from, to);
    }
    if (this.body.children.length !== made.length || made.some((row, place) => this.body.children[place] !== row)) this.body.replaceChildren(...made);
    for (const key of [...this.rows.keys()]) if (!buffers.some((buffer) => buffer.webId === key)) this.rows.delete(key);
  }

  ageOf(buffer, cells, rate) {
    const silent = Date.now() - buffer.arrived, stale = buffer.arrived > 0 && silent > 3 * rate + 1000;
    cells.row.classList.toggle("stale", stale);
    cells.age.textContent = stale ? `stale ${age(silent).replace(" ago", "")}` : age(now() - Date.parse(buffer.item.Timestamp));
  }
}

export class Cards {
  constructor(place) {
    this.box = el("div.tiles-view");
    place.replaceChildren(this.box);
    this.cards = new Map();
  }

  draw(buffers, { from, to, rate }) {
    const made = buffers.map((buffer) => {
      if (!this.cards.has(buffer.webId)) {
        const parts = { value: el("b", { text: "-" }), when: el("span.muted.small"), quality: el("span"), canvas: el("canvas", { "aria-hidden": "true" }) };
        parts.card = el("div.watch-card", { data: { webid: buffer.webId } }, el("span", { text: buffer.name, title: buffer.name }), parts.value, el("div.row", {}, parts.quality, parts.when), parts.canvas);
        this.cards.set(buffer.webId, parts);
      }
      const parts = this.cards.get(buffer.webId);
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
    buffers.forEach((buffer) => sparkline(this.cards.get(buffer.webId).canvas, buffer.since(from), from, to));
  }
}

export class Trend {
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
