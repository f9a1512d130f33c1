// One search over elements, attributes, points and event frames, in a dialog over any page.
import { ask } from "./api.js";
import { $$, debounce, el, failure, icon } from "./dom.js";

let dialog = null, asking = null;

export function openSearch() {
  if (!dialog) make();
  dialog.showModal();
  dialog.input.select();
}

function make() {
  const input = el("input", { type: "search", "aria-label": "Search this server", placeholder: "Elements, attributes, points, events", autocomplete: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-controls": "search-found", "aria-autocomplete": "list" });
  const found = el("div.search-found", { id: "search-found", role: "listbox", "aria-label": "Found" });
  const said = el("p.muted.small.pad", { role: "status", text: "Type a part of a name, or a name with * and ?." });
  dialog = el("dialog.panel.search", { "aria-label": "Search" }, el("div.search-head", {}, icon("search"), input, el("button.btn.small", { type: "button", text: "Close", onclick: () => dialog.close() })), said, found);
  Object.assign(dialog, { input, found, said, active: -1 });
  input.addEventListener("input", debounce(200, () => find(input.value.trim())));
  input.addEventListener("keydown", keys);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
}

async function find(q) {
  asking?.abort();
  asking = new AbortController();
  dialog.active = -1;
  if (!q) { dialog.found.replaceChildren(); dialog.said.textContent = ""; return; }
  try {
    show((await ask("/search/found", { params: { q }, signal: asking.signal })).Kinds, q);
  } catch (error) {
    if (error.name !== "AbortError") dialog.found.replaceChildren(failure(error, () => find(q)));
  }
}

function show(kinds, q) {
  let place = 0;
  const groups = kinds.filter((kind) => kind.Items.length).map((kind) => el("div", { role: "group", "aria-label": kind.Label },
    el("h3", { text: kind.Label, "aria-hidden": "true" }),
    ...kind.Items.map((item) => el("a", { href: item.Url, role: "option", id: `found-${place += 1}`, "aria-selected": "false", tabindex: "-1" }, icon(kind.Icon), el("span", {}, el("b", { text: item.Name }), el("small", { text: item.About })))),
    kind.More ? el("a.more", { href: kind.All, role: "option", id: `found-${place += 1}`, "aria-selected": "false", tabindex: "-1" }, el("span", { text: `All ${kind.Label.toLowerCase()} with ${q}` })) : null));
  dialog.found.replaceChildren(...groups);
  dialog.input.setAttribute("aria-expanded", String(groups.length > 0));
  const total = kinds.reduce((sum, kind) => sum + kind.Items.length, 0);
  dialog.said.textContent = total ? `${total} shown, arrow keys choose` : "Nothing has a name like that.";
}

function keys(event) {
  if (event.key === "Escape") { // which would only empty the field
    event.preventDefault();
    dialog.close();
    return;
  }
  const options = $$("[role=option]", dialog.found);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    dialog.active = (dialog.active + step + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === dialog.active)));
    options[dialog.active].scrollIntoView({ block: "nearest" });
    dialog.input.setAttribute("aria-activedescendant", options[dialog.active].id);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    options[Math.max(0, dialog.active)]?.click();
  }
}
