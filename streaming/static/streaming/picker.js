// Finding points among all: the list is as long as what was found, the document is not.
import { ask } from "../site/api.js";
import { $, debounce, el, emptyState, failure, icon } from "../site/dom.js";
import { count } from "../site/format.js";
import { Rows } from "../site/rows.js";

const HEIGHT = 44, ALL_AT_ONCE = 200;

export class Picker {
  constructor({ form, list, counter, addAll, isWatched, onadd, onremove }) {
    Object.assign(this, { form, list, counter, addAll, isWatched, onadd, onremove });
    this.input = $("input[type=search]", form);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.find(); });
    this.input.addEventListener("input", debounce(200, () => this.find()));
    addAll.addEventListener("click", async () => {
      const { Items } = await ask("/streams/found", { params: { q: this.input.value, maxCount: ALL_AT_ONCE } });
      onadd(Items.map(asStream));
      this.repaint();
    });
    list.addEventListener("click", (event) => {
      const button = event.target.closest(".pick");
      if (!button) return;
      const point = this.rows.row(Number(button.dataset.index));
      if (isWatched(point.WebId)) onremove(point.WebId);
      else onadd([asStream(point)]);
      this.repaint();
    });
    this.find();
  }

  async find() {
    this.asking?.abort();
    this.asking = new AbortController();
    const q = this.input.value.trim();
    try {
      const answer = await ask("/streams/found", { params: { q, maxCount: 1 }, signal: this.asking.signal });
      this.#show(answer.Total, q);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.rows = null;
      this.list.replaceChildren(el("div.pad", {}, failure(error, () => this.find())));
    }
  }

  #show(total, q) {
    this.counter.textContent = q ? `${count(total)} found` : `${count(total)} points`;
    this.addAll.hidden = !q || !total;
    this.addAll.textContent = total > ALL_AT_ONCE ? `Add the first ${ALL_AT_ONCE}` : `Add all ${count(total)}`;
    this.list.replaceChildren();
    if (!total) {
      this.rows = null;
      this.list.append(emptyState("search", "No point fits", "* stands for any characters, ? for one."));
      return;
    }
    this.rows = new Rows(this.list, {
      rowHeight: HEIGHT, pageSize: 100, render: (point, index) => this.#row(point, index),
      waiting: () => el("div.pick", {}, el("span.skeleton")),
      fetchPage: async (startIndex, maxCount, signal) => (await ask("/streams/found", { params: { q, startIndex, maxCount }, signal })).Items,
      onerror: (error, again) => this.list.prepend(failure(error, again)),
    });
    this.rows.reset(total);
  }

  #row(point, index) {
    const on = this.isWatched(point.WebId);
    return el("button.pick", { type: "button", "aria-pressed": String(on), title: point.Name, data: { index, key: point.WebId } },
      el("span.cut", {}, el("b", { text: point.Name }), el("small", { text: [point.Descriptor, point.Units].filter(Boolean).join(", ") || point.PointType })), on ? icon("check") : el("span", { text: "+", "aria-hidden": "true" }));
  }

  repaint() { this.rows?.paint(); }
}

const asStream = (point) => ({ webId: point.WebId, name: point.Name, units: point.Units, digits: -5 });
