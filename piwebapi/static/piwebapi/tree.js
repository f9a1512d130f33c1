// The element tree: levels come when they are opened, and only the rows in the window are in the document.
import { ask } from "../site/api.js";
import { coarse, el, icon } from "../site/dom.js";
import { count } from "../site/format.js";

const ROW = coarse ? 40 : 28, SPARE = 12, LEVEL = 1000;

export class Tree {
  constructor(place, database, onselect) {
    this.place = place;
    this.onselect = onselect;
    this.root = { webId: database, level: 0, kids: [], open: true, children: 0 };
    this.selected = null;
    this.typed = "";
    this.#readPaintedRows();
    this.space = el("div.space", { role: "presentation" });
    place.replaceChildren(this.space);
    place.addEventListener("scroll", () => this.#paint(), { passive: true });
    place.addEventListener("click", (event) => this.#click(event));
    place.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#paint()).observe(place);
    this.refresh();
    this.#fillPartLevels(this.root);
    if (this.selected) this.#scrollTo(this.selected, "center");
  }

  // The server has painted the first rows; from these the levels are taken as far as they are complete.
  #readPaintedRows() {
    const trail = [this.root];
    for (const node of this.place.querySelectorAll(".node")) {
      const level = Number(node.dataset.level);
      const parent = trail[level - 1];
      if (node.dataset.more) {
        parent.part = true;
        continue;
      }
      const row = {
        webId: node.dataset.webid, name: node.querySelector(".name").textContent, template: node.dataset.template, icon: node.dataset.icon,
        children: Number(node.dataset.children), level, parent, kids: null, open: node.getAttribute("aria-expanded") === "true",
      };
      parent.kids ??= [];
      parent.kids.push(row);
      parent.children = Number(node.dataset.of);
      if (node.getAttribute("aria-selected") === "true") this.selected = row;
      trail[level] = row;
    }
  }

  async #fillPartLevels(row) {
    if (row.part) {
      row.part = false;
      await this.#load(row);
    }
    for (const kid of row.kids ?? []) if (kid.kids) await this.#fillPartLevels(kid);
  }

  // The children from where the known ones end; opened ones stay as they are.
  async #load(row, start = 0) {
    row.loading = true;
    row.failed = "";
    this.refresh();
    try {
      const answer = await ask("/elements/level", { params: { webid: row.webId, start } });
      const known = new Map((row.kids ?? []).filter((kid) => kid.webId).map((kid) => [kid.webId, kid]));
      const before = start ? row.kids.filter((kid) => kid.webId) : [];
      row.children = answer.Total;
      row.kids = [...before, ...answer.Items.map((item) => known.get(item.WebId) ?? this.#row(item, row))];
      const left = answer.Total - row.kids.length;
      if (left > 0) row.kids.push({ more: left, from: row.kids.length, level: row.level + 1, parent: row });
    } catch (error) {
      row.failed = error.message;
    }
    row.loading = false;
    this.refresh();
  }

  #row(item, parent) {
    return { webId: item.WebId, name: item.Name, template: item.TemplateName, icon: item.Icon, children: item.Children, level: parent.level + 1, parent, kids: null, open: false };
  }

  refresh() {
    const flat = [];
    const walk = (row) => {
      const kids = row.kids ?? [];
      const total = kids.filter((kid) => kid.webId).length + (kids.at(-1)?.more ?? 0);
      kids.forEach((kid, place) => {
        kid.place = place + 1;
        kid.of = total;
        flat.push(kid);
        if (kid.open && kid.webId) walk(kid);
      });
      if (row.loading && !kids.length) flat.push({ wait: true, level: row.level + 1, parent: row });
      if (row.failed) flat.push({ failed: row.failed, level: row.level + 1, parent: row });
    };
    walk(this.root);
    this.flat = flat;
    this.space.style.height = `${flat.length * ROW}px`;
    if (!this.active || !flat.includes(this.active)) this.active = flat.includes(this.selected) ? this.selected : flat[0];
    this.#paint();
  }

  #paint() {
    const first = Math.max(0, Math.floor(this.place.scrollTop / ROW) - SPARE);
    const last = Math.min(this.flat.length, Math.ceil((this.place.scrollTop + this.place.clientHeight) / ROW) + SPARE);
    const hadFocus = this.place.contains(document.activeElement) && document.activeElement !== this.place;
    const rows = this.flat.slice(first, last).map((row, place) => [row, first + place]);
    const active = this.flat.indexOf(this.active);
    if (active >= 0 && (active < first || active >= last)) rows.push([this.active, active]); // what has the focus stays
    const made = rows.map(([row, place]) => this.#node(row, place));
    this.space.replaceChildren(...made);
    if (hadFocus) this.space.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  #node(row, place) {
    const node = el("a.node", { tabindex: row === this.active ? "0" : "-1", data: { place } });
    node.style.top = `${place * ROW}px`;
    node.style.setProperty("--level", row.level);
    if (!row.webId) {
      node.classList.add("more");
      node.setAttribute("role", "treeitem");
      node.setAttribute("aria-level", row.level);
      node.classList.toggle("failed", Boolean(row.failed));
      node.textContent = row.wait ? "Loading…" : row.failed ? `Could not load: ${row.failed} Press to retry.` : `Load ${count(Math.min(LEVEL, row.more))} of ${count(row.more)} more`;
      return node;
    }
    node.href = `?webid=${row.webId}`;
    for (const [name, value] of Object.entries({
      role: "treeitem", "aria-level": row.level, "aria-posinset": row.place, "aria-setsize": row.of, "aria-selected": row === this.selected,
      "aria-expanded": row.children ? row.open : null,
    })) if (value !== null) node.setAttribute(name, value);
    Object.assign(node.dataset, { webid: row.webId, icon: row.icon });
    node.title = row.template;
    node.append(el("i"), icon(row.icon), el("span.name", { text: row.name }), row.children ? el("small", { text: count(row.children) }) : "");
    return node;
  }

  #click(event) {
    const node = event.target.closest(".node");
    if (!node || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const row = this.flat[node.dataset.place];
    this.active = row;
    if (!row.webId) this.#act(row);
    else if (event.target.closest("i") && row.children) this.toggle(row);
    else this.#choose(row);
  }

  #act(row) {
    if (row.more) this.#load(row.parent, row.from);
    else if (row.failed) this.#load(row.parent);
  }

  #choose(row) {
    this.select(row);
    if (row.children && !row.open) this.toggle(row, true);
    this.onselect(row.webId);
  }

  select(row) {
    this.selected = row;
    if (row) this.active = row;
    this.refresh();
  }

  async toggle(row, open = !row.open) {
    row.open = open && row.children > 0;
    if (row.open && !row.kids && !row.loading) await this.#load(row);
    else this.refresh();
  }

  closeAll() {
    const walk = (row) => (row.kids ?? []).forEach((kid) => { kid.open = false; walk(kid); });
    walk(this.root);
    this.refresh();
    this.place.scrollTop = 0;
  }

  // One level more than is open now, by one request for all of it.
  async openLevel() {
    const deepest = this.flat.reduce((most, row) => Math.max(most, row.level), 1);
    const { Items } = await ask("/elements/branch", { params: { webid: this.root.webId, level: deepest + 1 } });
    const byId = new Map();
    const walk = (row) => (row.kids ?? []).forEach((kid) => { if (kid.webId) { byId.set(kid.webId, kid); walk(kid); } });
    walk(this.root);
    for (const item of Items) {
      const parent = byId.get(item.Parent);
      if (!parent) continue;
      parent.open = true;
      parent.fresh ??= [];
      const row = byId.get(item.WebId) ?? this.#row(item, parent);
      byId.set(item.WebId, row);
      parent.fresh.push(row);
    }
    for (const row of byId.values()) {
      if (row.fresh && row.fresh.length === row.children) row.kids = row.fresh;
      else if (row.fresh && !row.kids) { row.open = false; }
      delete row.fresh;
    }
    this.refresh();
  }

  // Opens the way to an element and shows it.
  async reveal(webId) {
    const known = this.flat.find((row) => row.webId === webId);
    if (known) { this.select(known); this.#scrollTo(known); return; }
    const { Items } = await ask("/elements/way", { params: { webid: webId } });
    let row = this.root;
    for (const id of Items) {
      if (!row.kids) await this.#load(row);
      row.open = true;
      let next = row.kids.find((kid) => kid.webId === id);
      while (!next && row.kids.at(-1)?.more) {
        await this.#load(row, row.kids.length - 1);
        next = row.kids.find((kid) => kid.webId === id);
      }
      if (!next) return;
      row = next;
    }
    this.select(row);
    this.#scrollTo(row, "center");
  }

  #scrollTo(row, where = "nearest") {
    const top = this.flat.indexOf(row) * ROW, view = this.place.clientHeight;
    if (where === "nearest" && top >= this.place.scrollTop && top + ROW <= this.place.scrollTop + view) return;
    this.place.scrollTop = where === "center" ? top - view / 2 : top < this.place.scrollTop ? top : top + ROW - view;
    this.#paint();
  }

  #moveTo(row) {
    if (!row) return;
    this.active = row;
    this.#scrollTo(row);
    this.#paint();
    this.space.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.active, at = this.flat.indexOf(row), page = Math.floor(this.place.clientHeight / ROW);
    const move = (place) => this.#moveTo(this.flat[Math.max(0, Math.min(this.flat.length - 1, place))]);
    const actions = {
      ArrowDown: () => move(at + 1), ArrowUp: () => move(at - 1), Home: () => move(0), End: () => move(this.flat.length - 1),
      PageDown: () => move(at + page), PageUp: () => move(at - page),
      ArrowRight: () => (row.open ? move(at + 1) : row.children && this.toggle(row, true)),
      ArrowLeft: () => (row.open ? this.toggle(row, false) : row.parent?.level && this.#moveTo(row.parent)),
      Enter: () => (row.webId ? this.#choose(row) : this.#act(row)), " ": () => (row.webId ? this.#choose(row) : this.#act(row)),
      "*": () => (row.parent?.kids ?? []).slice(0, 60).forEach((kid) => kid.children && this.toggle(kid, true)),
    };
    if (actions[event.key]) actions[event.key]();
    else if (event.key.length === 1) this.#type(event.key, at);
    else return;
    event.preventDefault();
  }

  #type(key, at) {
    clearTimeout(this.forget);
    this.forget = setTimeout(() => { this.typed = ""; }, 700);
    this.typed += key.toLowerCase();
    const from = this.typed.length === 1 ? at + 1 : at;
    const order = [...this.flat.slice(from), ...this.flat.slice(0, from)];
    this.#moveTo(order.find((row) => row.name?.toLowerCase().startsWith(this.typed)));
  }
}
