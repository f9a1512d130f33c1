// The explorer: tree on the left, one element on the right, the address tells both.
import { api, ask, fragment } from "../site/api.js";
import { Chart, seriesOf } from "../site/chart.js";
import { Connection, showState } from "../site/connection.js";
import { $, $$, announce, debounce, el, emptyState, failure, icon } from "../site/dom.js";
import { QUALITY_ICONS, count, moment, numeric, quality, shown } from "../site/format.js";
import { Tree } from "./tree.js";

const place = $("#explorer");
if (place) start();

function start() {
  const detail = $("#detail");
  const connection = new Connection({ rate: 1000 });
  const badge = $("#state");
  badge.hidden = false;
  showState(connection, badge);
  const tree = new Tree($("#tree"), place.dataset.database, (webId) => go({ webid: webId }));

  // -- which element ----------------------------------------------------------------------------
  let loading = null;
  const address = () => new URL(location.href);

  function go(changes) {
    const url = address();
    for (const name of ["q", "template", "category", "path", "start", "attr"]) url.searchParams.delete(name);
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
    history.pushState(null, "", url);
    load();
  }

  async function load() {
    loading?.abort();
    const { signal } = (loading = new AbortController());
    const params = address().searchParams;
    if (!params.get("webid")) {
      tree.select(null);
      showDetail(emptyState("tree", "Choose an element", "Its attributes, live values, children, events and trend are shown here."));
      document.title = "Explorer - osipi";
      return;
    }
    detail.setAttribute("aria-busy", "true");
    try {
      const content = await fragment(`/elements/detail?${params}`, signal);
      showDetail(content);
      document.title = `${$(".element", detail).dataset.name} - Explorer - osipi`;
      announce(`${$(".element", detail).dataset.name} is shown`);
    } catch (error) {
      if (error.name === "AbortError") return;
      showDetail(el("div.pad", {}, failure(error, load)));
    }
  }

  function showDetail(content) {
    detail.removeAttribute("aria-busy");
    detail.replaceChildren(content);
    enliven();
  }

  window.addEventListener("popstate", () => {
    load();
    const webId = address().searchParams.get("webid");
    if (webId) tree.reveal(webId).catch(() => {});
  });

  detail.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="?webid="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const asked = new URL(link.href).searchParams;
    const same = asked.get("webid") === address().searchParams.get("webid");
    go(Object.fromEntries(asked));
    if (!same) tree.reveal(asked.get("webid")).catch(() => {});
  });
  detail.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-auto]")) return;
    event.preventDefault();
    const form = new FormData(event.target);
    const url = address();
    for (const name of ["at", "hidden"]) form.get(name) ? url.searchParams.set(name, form.get(name)) : url.searchParams.delete(name);
    history.pushState(null, "", url);
    load();
  });

  // -- what is alive in the details ---------------------------------------------------------------
  function enliven() {
    for (const button of $$("[data-copy]", detail)) button.hidden = false;
    for (const time of $$("time[datetime]", detail)) time.textContent = moment(time.dateTime);
    const table = $("table[data-live]", detail);
    const wanted = table ? $$("tr[data-moves]", table).map((row) => row.dataset.webid) : [];
    connection.unsubscribe([...connection.wanted.keys()].filter((id) => !wanted.includes(id)));
    if (wanted.length) connection.subscribe(wanted);
    const filter = $("[data-filter]", detail);
    filter?.addEventListener("input", () => {
      const text = filter.value.toLowerCase();
      for (const row of $$("table.attributes tbody tr", detail)) row.hidden = !row.textContent.toLowerCase().includes(text);
    });
    if ($("[data-chart]", detail)) trend();
  }

  const waiting = new Map();
  connection.addEventListener("values", ({ detail: { id, items } }) => {
    if (!waiting.size) requestAnimationFrame(draw);
    waiting.set(id, items.at(-1));
  });

  function draw() {
    for (const [id, item] of waiting) {
      const row = $(`tr[data-webid="${CSS.escape(id)}"]`, detail);
      if (row) drawRow(row, item);
    }
    waiting.clear();
  }

  function drawRow(row, item) {
    const value = $(".value", row), text = shown(item.Value, Number(row.dataset.digits));
    if (value.textContent !== text) {
      value.textContent = text;
      value.classList.add("flash");
      setTimeout(() => value.classList.remove("flash"), 300);
    }
    value.classList.toggle("num", typeof item.Value === "number");
    value.classList.toggle("muted", Boolean(item.Value?.IsSystem));
    if (item.UnitsAbbreviation) $(".units", row).textContent = item.UnitsAbbreviation;
    $(".time", row).textContent = moment(item.Timestamp);
    const name = quality(item), chip = $(".quality .chip", row);
    if (chip.textContent.trim() !== name) {
      chip.className = `chip ${name.toLowerCase()}`;
      chip.replaceChildren(icon(QUALITY_ICONS[name]), name);
    }
  }

  // -- trend ------------------------------------------------------------------------------------
  function trend() {
    const form = $("form[data-trend]", detail), box = $("[data-chart]", detail);
    const ranges = $("[data-ranges]", form);
    ranges.hidden = false;
    let from = "*-8h";
    const chart = new Chart(box, { height: 300, onzoom: ([a, b]) => show(new Date(a * 1000).toISOString(), new Date(b * 1000).toISOString()) });
    const chosen = () => $$("input:checked", form).map((input) => input.value).slice(0, 8);

    async function show(startTime = from, endTime = "*") {
      for (const button of $$("button", ranges)) button.setAttribute("aria-pressed", String(button.dataset.start === startTime));
      const webId = chosen();
      if (!webId.length) return chart.show([], null);
      try {
        const answer = await api("streamsets/plot", { webId, startTime, endTime, intervals: Math.max(100, Math.round(box.clientWidth)) });
        const series = answer.Items.filter((item) => item.Items?.length).map((item) => seriesOf(item, numeric));
        const ends = series.flatMap((one) => [one.points[0]?.[0], one.points.at(-1)?.[0]]).filter(Boolean);
        return chart.show(series, ends.length ? [Math.min(...ends), Math.max(...ends)] : null);
      } catch (error) {
        box.replaceChildren(failure(error, () => trend()));
        return null;
      }
    }
    form.addEventListener("change", () => show());
    for (const button of $$("button", ranges)) button.addEventListener("click", () => { from = button.dataset.start; show(); });
    show();
  }

  // -- finding ----------------------------------------------------------------------------------
  const finder = $("#finder"), found = $("#found");
  let searching = null;

  async function find() {
    const form = new FormData(finder);
    const asked = Object.fromEntries([...form].filter(([, value]) => value));
    const url = address();
    for (const name of ["q", "template", "category"]) asked[name] ? url.searchParams.set(name, asked[name]) : url.searchParams.delete(name);
    history.replaceState(null, "", url);
    searching?.abort();
    const none = !asked.q && !asked.template && !asked.category;
    found.hidden = none;
    $("#tree").hidden = $("#tree-tools").hidden = !none;
    if (none) return tree.refresh();
    try {
      const answer = await ask("/elements/found", { params: asked, signal: (searching = new AbortController()).signal });
      return showFound(answer);
    } catch (error) {
      if (error.name !== "AbortError") found.replaceChildren(el("div.pad", {}, failure(error, find)));
      return null;
    }
  }

  function showFound({ Total, Items }) {
    const clear = el("button.btn.small.quiet", { type: "button", text: "Clear", onclick: () => { finder.reset(); $("#q").value = ""; for (const select of $$("select", finder)) select.value = ""; find(); } });
    const more = Total > Items.length ? `, the first ${count(Items.length)} are shown` : "";
    const head = el("p.found-head", { role: "status" }, el("b", { text: count(Total) }), ` found${more}`, clear);
    const rows = Items.map((item) => el("li", {}, el("a", { href: `?webid=${item.WebId}`, data: { webid: item.WebId } }, icon(item.Icon), el("span", {}, el("b", { text: item.Name }), el("small", { text: item.Path })))));
    if (!rows.length) rows.push(el("li", {}, emptyState("search", "No element fits", "* stands for any characters, ? for one.")));
    found.replaceChildren(head, el("ul", {}, ...rows));
  }

  finder.addEventListener("submit", (event) => { event.preventDefault(); find(); });
  finder.addEventListener("input", debounce(300, find));
  found.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const webId = new URL(link.href).searchParams.get("webid");
    if (!webId) return;
    finder.reset();
    $("#q").value = "";
    found.hidden = true;
    $("#tree").hidden = $("#tree-tools").hidden = false;
    go({ webid: webId });
    tree.reveal(webId);
  });

  const tools = $("#tree-tools");
  tools.hidden = false;
  tools.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.level === "1") return tree.closeAll();
    button.disabled = true;
    await tree.openLevel().catch((error) => announce(error.message));
    button.disabled = false;
    return null;
  });
  if (!found.hidden) $("#tree").hidden = tools.hidden = true;
  enliven();
}
