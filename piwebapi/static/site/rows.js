// A long list in a short document: rows of one height, pages fetched as they come into view.
import { el } from "./dom.js";

const SPARE = 8;

export class Rows {
  // fetchPage(start, count, signal) -> [row, ...]; render(row, index) -> element; waiting(index) -> element
  constructor(place, { rowHeight, pageSize = 100, fetchPage, render, waiting, onerror, onview }) {
    Object.assign(this, { place, rowHeight, pageSize, fetchPage, render, waiting, onerror, onview });
    this.total = 0;
    this.pages = new Map();
    this.isTable = place.getAttribute("role") === "table";
    this.space = el("div.space", { role: this.isTable ? "rowgroup" : "presentation" });
    place.append(this.space);
    place.addEventListener("scroll", () => this.#later(), { passive: true });
    new ResizeObserver(() => this.#later()).observe(place);
  }

  // A new list. With `keep` the rows that are shown stay until the new ones are there.
  async reset(total, { keep = false } = {}) {
    this.total = total;
    this.generation = (this.generation ?? 0) + 1;
    this.abort?.abort();
    this.abort = new AbortController();
    this.old = keep ? this.pages : new Map();
    this.pages = new Map();
    if (!keep) this.place.scrollTop = 0;
    this.space.style.height = `${total * this.rowHeight}px`;
    if (this.isTable) this.place.setAttribute("aria-rowcount", total + 1);
    this.paint();
  }

  row(index) {
    const number = Math.floor(index / this.pageSize), at = index % this.pageSize;
    return this.pages.get(number)?.rows?.[at] ?? this.old?.get(number)?.rows?.[at];
  }

  get loaded() { return [...this.pages.values()].flatMap((page) => page.rows ?? []); }

  #later() {
    if (this.due) return;
    this.due = requestAnimationFrame(() => { this.due = 0; this.paint(); });
  }

  paint() {
    const head = this.space.offsetTop;
    const top = Math.max(0, this.place.scrollTop - head);
    const first = Math.max(0, Math.floor(top / this.rowHeight) - SPARE);
    const last = Math.min(this.total, Math.ceil((top + this.place.clientHeight) / this.rowHeight) + SPARE);
    const focused = this.place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const made = [];
    for (let index = first; index < last; index += 1) {
      const row = this.row(index);
      const element = row ? this.render(row, index) : this.waiting(index);
      element.style.top = `${index * this.rowHeight}px`;
      if (this.isTable) element.setAttribute("aria-rowindex", index + 2);
      made.push(element);
    }
    this.space.replaceChildren(...made);
    if (focused) this.space.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    this.onview?.(Math.min(this.total, Math.floor(top / this.rowHeight) + 1), Math.min(this.total, Math.floor((top + this.place.clientHeight - head) / this.rowHeight)));
    this.#want(first, last);
  }

  // Fetches the pages of the window once it rests; those of a window that has gone are cancelled.
  #want(first, last) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const from = Math.floor(first / this.pageSize), to = Math.floor(Math.max(first, last - 1) / this.pageSize);
      for (const [number, page] of this.pages) if (page.loading && (number < from || number > to)) { page.abort.abort(); this.pages.delete(number); }
      for (let number = from; number <= to && number * this.pageSize < this.total; number += 1) if (!this.pages.has(number)) this.#load(number);
    }, this.pages.size ? 60 : 0);
  }

  async #load(number) {
    const { generation } = this;
    const page = { loading: true, abort: new AbortController() };
    this.pages.set(number, page);
    this.abort.signal.addEventListener("abort", () => page.abort.abort(), { once: true });
    try {
      page.rows = await this.fetchPage(number * this.pageSize, this.pageSize, page.abort.signal);
      page.loading = false;
      if (generation === this.generation) this.paint();
    } catch (error) {
      if (generation !== this.generation || error.name === "AbortError") return;
      this.pages.delete(number);
      this.onerror?.(error, () => this.paint());
    }
  }
}
