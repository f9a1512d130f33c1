// Events and alarms: filters in the address, counters, list, cards or timeline, one frame open beside it.
import { ask, now } from "../site/api.js";
import { $, $$, coarse, debounce, el, emptyState, failure, icon } from "../site/dom.js";
import { age, count, duration, moment } from "../site/format.js";
import { Rows } from "../site/rows.js";
import { Choice } from "./choice.js";
import { Detail } from "./detail.js";
import { drawHistogram } from "./histogram.js";
import { timeline } from "./timeline.js";

const HEIGHT = coarse ? 44 : 36, CARDS = 60, BARS = 1000, EVERY = 30000;
const KINDS = { batch: "batch", alarm: "bell", maintenance: "tool", downtime: "down" };
const kindOf = (name) => Object.entries(KINDS).find(([word]) => name.toLowerCase().includes(word))?.[1] ?? "info";
const form = $("#filters");
if (form) start();

function severityChip(name) {
  return el(`span.chip.${name}`, {}, icon(`sev-${name}`), name);
}

function start() {
  const box = $("#events"), list = $("#list");
  let summary = null, rows = null, fetchedAt = 0, view = form.elements.view.value || "table", lastRow = null;
  document.querySelector("main").classList.add("live");
  if (matchMedia("(max-width: 880px)").matches) $("#filter-box").open = false;

  // -- the address is the state -------------------------------------------------------------------
  const USUAL = { start: "*-7d", end: "*", mode: "Overlapped", sort: "-start", view: "table" };
  const params = () => {
    const found = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value && value !== USUAL[name]) found.append(name, value);
    return found;
  };
  const filters = () => { const found = params(); found.delete("view"); return found; };
  const link = (row) => { const found = params(); found.set("id", row.WebId); return `?${found}`; };

  function keep(push) {
    const found = params();
    if (detail.webId) found.set("id", detail.webId);
    const url = `${location.pathname}${found.size ? `?${found}` : ""}`;
    if (url !== location.pathname + location.search) history[push ? "pushState" : "replaceState"](null, "", url);
    $("#csv").href = `/events/events.csv?${filters()}`;
  }

  function fill(found) {
    for (const field of form.elements) {
      if (!field.name || field.name === "element") continue;
      if (field.type === "checkbox") field.checked = found.getAll(field.name).includes(field.value);
      else field.value = found.get(field.name) ?? USUAL[field.name] ?? "";
    }
    view = form.elements.view.value;
  }

  // -- loading ------------------------------------------------------------------------------------
  // The page brings the summary of its own address; a browser may have put other choices back into the form.
  function given() {
    const found = JSON.parse($("#summary")?.textContent ?? "null");
    $("#summary")?.remove();
    const sorted = (params) => { params.sort(); return params.toString(); };
    return found && sorted(new URLSearchParams(found.Asked)) === sorted(filters()) ? found : null;
  }

  let asking = null;
  async function load({ inPlace = false } = {}) {
    asking?.abort();
    asking = new AbortController();
    list.dataset.state = "loading";
    try {
      summary = given() ?? await ask(`/events/summary?${filters()}`, { signal: asking.signal });
      fetchedAt = Date.now();
      list.classList.remove("old");
      $("#fresh").hidden = true;
      showCounts();
      await show(inPlace);
      list.dataset.state = summary.Total ? "ready" : "empty";
    } catch (error) {
      if (error.name === "AbortError") return;
      stale(error);
    }
  }

  function stale(error) {
    list.classList.add("old");
    list.dataset.state = "error";
    const said = failure(error, () => load());
    if (fetchedAt) said.querySelector("span").textContent += ` Shown are the rows of ${moment(fetchedAt)}.`;
    $(".banner.bad", list)?.remove();
    list.prepend(said);
  }

  // A value that says nothing is told beside its field; the usual one holds instead.
  function showFaults() {
    for (const fault of $$(".fault", form)) fault.remove();
    for (const [name, text] of Object.entries(summary.Faults)) form.elements[name]?.closest(".field")?.append(el("span.fault", { role: "alert", text }));
  }

  function showCounts() {
    showFaults();
    $("#headline b").textContent = count(summary.Total);
    const totals = Object.fromEntries([...summary.Templates.map((one) => [`template:${one.Name}`, one.Count]), ...summary.Severities.map((one) => [`severity:${one.Name}`, one.Count])]);
    for (const place of $$("[data-count]", form)) place.textContent = count(totals[place.dataset.count] ?? 0);
    drawHistogram($("#histogram"), summary, (a, b) => { form.elements.start.value = a.toISOString(); form.elements.end.value = b.toISOString(); changed(true); });
    for (const button of $$("#ranges .btn")) button.toggleAttribute("aria-current", button.dataset.start === form.elements.start.value && form.elements.end.value === "*");
    for (const button of $$("#ranges .btn[aria-current]")) button.setAttribute("aria-current", "true");
    for (const button of $$("[data-view]")) button.dataset.view === view ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current");
  }

  // -- the three views ------------------------------------------------------------------------------
  const fetchRows = (startIndex, maxCount, signal, more = {}) => ask(`/events/rows?${filters()}`, { params: { startIndex, maxCount, ...more }, signal }).then((answer) => answer.Items);

  async function show(inPlace) {
    $("#range").textContent = "";
    if (!summary.Total) {
      rows = null;
      const reset = el("a.btn", { href: "/events/", text: "Reset the filters" });
      const month = el("button.btn", { type: "button", text: "Last 30 days", onclick: () => { form.elements.start.value = "*-30d"; form.elements.end.value = "*"; changed(true); } });
      list.replaceChildren(emptyState("bell", `No event frames from ${form.elements.start.value} to ${form.elements.end.value}`, "No event fits these filters.", el("div.row", {}, month, reset)));
    } else if (view === "table") showTable(inPlace);
    else if (view === "cards") await showCards();
    else await showTimeline();
  }

  function showTable(inPlace) {
    if (!rows) {
      const grid = el("div.grid", { role: "table", "aria-label": "Event frames", tabindex: "-1" }, head());
      list.replaceChildren(grid);
      rows = new Rows(grid, {
        rowHeight: HEIGHT, fetchPage: fetchRows, render: row, onerror: stale,
        waiting: () => el("div.r", { role: "row" }, cell(), ...[1, 2, 3].map(() => cell(el("span.skeleton")))),
        onview: (first, last) => { $("#range").textContent = `${count(first)} to ${count(last)} of ${count(summary.Total)}`; },
      });
    } else $(".grid .head", list).replaceWith(head());
    $(".banner.bad", list)?.remove();
    rows.reset(summary.Total, { keep: inPlace });
  }

  function head() {
    const sort = form.elements.sort.value;
    const columns = [["severity", "Severity"], ["name", "Name"], ["template", "Template"], ["", "Element"], ["start", "Start"], ["end", "End"], ["", "Duration"], ["", "Acknowledged"]];
    const cells = columns.map(([name, label]) => {
      if (!name) return el("span", { role: "columnheader", text: label });
      const on = sort.replace("-", "") === name, down = sort.startsWith("-");
      const button = el("button", { type: "button", data: { key: `sort-${name}` }, text: `${label}${on ? (down ? " ▾" : " ▴") : ""}`, onclick: () => { form.elements.sort.value = on && down ? name : `-${name}`; changed(true); } });
      return el("span", { role: "columnheader", "aria-sort": on ? (down ? "descending" : "ascending") : null }, button);
    });
    return el("div.r.head", { role: "row" }, el("span", { role: "columnheader" }, el("span.hide-visually", { text: "Choose" })), ...cells);
  }

  const cell = (...children) => el("span", { role: "cell" }, ...children);
  function row(one, index) {
    const pick = el("input", { type: "checkbox", checked: choice.has(one.WebId), "aria-label": `Choose ${one.Name}`, data: { key: `pick-${one.WebId}`, pick: index } });
    const length = (one.EndTime ? Date.parse(one.EndTime) : now()) - Date.parse(one.StartTime);
    const ack = one.IsAcknowledged ? [icon("check"), ` ${one.AcknowledgedBy}`] : [one.CanBeAcknowledged ? "not yet" : "-"];
    return el(`div.r${one.WebId === detail.webId ? ".open" : ""}`, { role: "row", data: { id: one.WebId } },
      cell(el("label.pick-box", {}, pick)), cell(severityChip(one.Severity)), cell(el("a", { href: link(one), text: one.Name, data: { key: one.WebId } })),
      cell(icon(kindOf(one.TemplateName)), ` ${one.TemplateName || "-"}`), cell(one.Element ? el("a", { href: `/elements/?webid=${one.ElementWebId}`, text: one.Element, data: { key: `element-${one.WebId}` } }) : "-"),
      cell(el("time", { datetime: one.StartTime, text: moment(one.StartTime) })),
      cell(one.EndTime ? el("time", { datetime: one.EndTime, text: moment(one.EndTime) }) : el("span.chip.info", {}, icon("play"), "in progress")),
      el("span.len", { role: "cell", text: duration(length) }), cell(...ack));
  }

  let cardCount = CARDS;
  async function showCards() {
    rows = null;
    const items = await fetchRows(0, cardCount, asking.signal, { attributes: 1 });
    const cards = items.map((one) => {
      const length = (one.EndTime ? Date.parse(one.EndTime) : now()) - Date.parse(one.StartTime);
      const facts = Object.entries(one.Attributes).flatMap(([name, text]) => [el("dt", { text: name }), el("dd", { text })]);
      return el(`a.card.${kindOf(one.TemplateName)}`, { href: link(one), data: { id: one.WebId, key: one.WebId } },
        el("div.row", {}, icon(kindOf(one.TemplateName)), el("strong", { text: one.Name })), el("div.row", {}, severityChip(one.Severity), el("span.chip", { text: one.TemplateName || "No template" })),
        el("span.small", { text: `${moment(one.StartTime)}, ${one.EndTime ? duration(length) : `in progress for ${duration(length)}`}` }), el("span.small.muted", { text: one.Element || one.Description }),
        facts.length ? el("dl.facts", {}, ...facts) : null);
    });
    const more = summary.Total > items.length ? el("p.pad", {}, el("button.btn", { type: "button", text: `Show ${count(Math.min(CARDS, summary.Total - items.length))} more`, onclick: () => { cardCount += CARDS; showCards().catch(stale); } })) : null;
    list.replaceChildren(el("div.cards-view", {}, ...cards), more ?? "");
    $("#range").textContent = `${count(items.length)} of ${count(summary.Total)}`;
  }

  async function showTimeline() {
    rows = null;
    const items = await fetchRows(0, BARS, asking.signal);
    list.replaceChildren(timeline(items, Date.parse(summary.StartTime), Date.parse(summary.EndTime), link, list.clientWidth));
    $("#range").textContent = summary.Total > items.length ? `The first ${count(items.length)} of ${count(summary.Total)} are drawn` : `${count(items.length)} event frames`;
  }

  // -- one frame ------------------------------------------------------------------------------------
  const detail = new Detail($("#detail"), {
    onclose: () => close(),
    onchange: () => load({ inPlace: true }),
  });

  async function open(webId, push = true) {
    lastRow = webId;
    box.classList.add("with-detail");
    if (push) { const found = params(); found.set("id", webId); history.pushState(null, "", `?${found}`); }
    await detail.open(webId);
    rows?.paint();
    $("#detail .close")?.focus({ preventScroll: true });
  }

  function close(push = true) {
    detail.close();
    box.classList.remove("with-detail");
    if (push) keep(true);
    rows?.paint();
    $(`[data-key="${CSS.escape(lastRow ?? "")}"]`, list)?.focus();
  }

  list.addEventListener("click", (event) => {
    if (event.target.matches("[data-pick]")) return choice.pick(event);
    const other = event.target.closest("a[href^='/elements']");
    const target = event.target.closest("[data-id]");
    if (!target || other || event.target.closest("label") || event.ctrlKey || event.metaKey) return null;
    event.preventDefault();
    return open(target.dataset.id);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && detail.webId && !event.target.matches("input, textarea, select")) close(); });

  // -- several frames -------------------------------------------------------------------------------
  const choice = new Choice({
    mayWrite: Boolean(form.dataset.mayWrite),
    rowAt: (index) => rows.row(index),
    repaint: () => rows?.paint(),
    ondone: async (fault) => {
      await load({ inPlace: true });
      if (fault) list.prepend(failure(fault));
    },
  });

  // -- what makes it load anew ------------------------------------------------------------------------
  function changed(push) {
    choice.clear();
    cardCount = CARDS;
    keep(push);
    load();
  }
  const typed = debounce(300, () => changed(false));
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(true); });
  form.addEventListener("change", (event) => { if (event.target.type !== "search") changed(true); });
  form.addEventListener("input", (event) => { if (event.target.type === "search") typed(); });
  $("#ranges").addEventListener("click", (event) => {
    const button = event.target.closest("[data-start]");
    if (!button) return;
    event.preventDefault();
    form.elements.start.value = button.dataset.start;
    form.elements.end.value = "*";
    changed(true);
  });
  for (const button of $$("[data-view]")) button.addEventListener("click", (event) => { event.preventDefault(); view = form.elements.view.value = button.dataset.view; changed(true); });
  window.addEventListener("popstate", () => {
    const found = new URLSearchParams(location.search);
    fill(found);
    const id = found.get("id");
    if (id && id !== detail.webId) open(id, false);
    if (!id && detail.webId) close(false);
    load();
  });

  // -- keeping up -------------------------------------------------------------------------------------
  $("#refresh").hidden = $("#updated").hidden = false;
  $("#refresh").addEventListener("click", () => load({ inPlace: true }));
  setInterval(() => { if (fetchedAt) $("#updated").textContent = `Updated ${age(Date.now() - fetchedAt)}`; }, 1000);
  const look = async () => {
    if (document.hidden || !summary) return;
    try {
      const found = await ask(`/events/summary?${filters()}`);
      fetchedAt = Date.now();
      if (list.classList.contains("old")) { list.classList.remove("old"); $(".banner.bad", list)?.remove(); }
      if (found.Changed === summary.Changed && found.Total === summary.Total) return;
      const more = found.Total - summary.Total;
      if (!rows || $(".grid", list).scrollTop < HEIGHT) { load({ inPlace: true }); return; }
      const fresh = $("#fresh");
      fresh.hidden = false;
      fresh.textContent = more > 0 ? `${count(more)} new, show` : "Changed, show";
    } catch (error) {
      stale(error);
    }
  };
  setInterval(look, EVERY);
  window.addEventListener("osipi:look", look); // tests need not wait
  $("#fresh").addEventListener("click", () => { $(".grid", list).scrollTop = 0; load({ inPlace: true }); });

  if ($("#detail .event")) { lastRow = detail.webId; box.classList.add("with-detail"); }
  load();
}
