// The trend page: streams and range in the address, drawn by uPlot, moved and zoomed.
import { api, ask, now } from "../site/api.js";
import { Chart, seriesOf } from "../site/chart.js";
import { $, $$, debounce, el, failure, icon } from "../site/dom.js";
import { moment, numeric } from "../site/format.js";

const MOST = 8, FOLLOW = 5000;
const form = $("#trend"), drawn = $("#drawn"), search = $("#add"), choices = $("#add-list");
const place = $("#chart");
let chart = null, range = null, asking = null, last = [];

const streams = $$(".stream", drawn).map((chip) => ({ webId: chip.dataset.webid, name: chip.dataset.name, digits: Number(chip.dataset.digits), units: chip.dataset.units, step: Boolean(chip.dataset.step) }));
for (const control of $$("[data-move], [data-zoom], #follow")) control.disabled = false;
search.hidden = $("#csv").hidden = false;

const start = () => $("#t-start").value.trim() || "*-8h";
const end = () => $("#t-end").value.trim() || "*";

function keep(push = true) {
  const params = new URLSearchParams();
  for (const stream of streams) params.append("webid", stream.webId);
  if (start() !== "*-8h") params.set("start", start());
  if (end() !== "*") params.set("end", end());
  const url = params.size ? `?${params}` : location.pathname;
  if (url !== location.search) history[push ? "pushState" : "replaceState"](null, "", url);
  $("#watch").href = `/streams/?${streams.map((stream) => `webid=${stream.webId}`).join("&")}`;
}

function showChips() {
  for (const chip of $$(".stream", drawn)) chip.remove();
  const chips = streams.map((stream) => el("span.chip.stream", { data: { webid: stream.webId } }, stream.name, el("button", { type: "button", title: `Remove ${stream.name}`, "aria-label": `Remove ${stream.name}`, onclick: () => { streams.splice(streams.indexOf(stream), 1); showChips(); keep(); draw(); } }, icon("cross"))));
  drawn.prepend(...chips);
  for (const button of $$("#ranges .btn")) button.setAttribute("aria-pressed", String(button.dataset.start === start() && end() === "*"));
}

async function draw() {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  if (!streams.length) {
    chart = null;
    place.dataset.state = "empty";
    place.className = "empty";
    place.replaceChildren(icon("chart"), el("strong", { text: "Nothing is drawn yet" }), el("span", { text: "Add points above." }));
    return;
  }
  if (!chart) {
    place.className = "chart";
    chart = new Chart(place, { height: 400, onzoom: ([a, b]) => goTo(a * 1000, b * 1000) });
  }
  place.dataset.state = "loading";
  try {
    const webId = streams.map((stream) => stream.webId);
    const answer = await api("streamsets/plot", { webId, startTime: start(), endTime: end(), intervals: Math.max(100, Math.round(place.clientWidth)) }, { signal });
    const by = new Map(streams.map((stream) => [stream.webId, stream]));
    last = answer.Items.map((item, index) => {
      const stream = by.get(item.WebId) ?? streams[index];
      const made = seriesOf({ ...item, Items: item.Items ?? [] }, numeric, { step: stream.step });
      return { ...made, label: stream.name, unit: stream.units || made.unit, digits: stream.digits };
    });
    const times = last.flatMap((one) => [one.points[0]?.[0], one.points.at(-1)?.[0]]).filter((one) => one !== undefined);
    range = times.length ? [Math.min(...times), Math.max(...times)] : null;
    if (!place.contains(chart.box)) { chart = new Chart(place, { height: 400, onzoom: ([a, b]) => goTo(a * 1000, b * 1000) }); }
    chart.show(last, range);
    place.dataset.state = times.length ? "ready" : "empty";
    $("#updated").textContent = `Drawn ${moment(now())}`;
  } catch (error) {
    if (error.name === "AbortError") return;
    place.dataset.state = "error";
    place.replaceChildren(failure(error, () => { chart = null; draw(); }));
    chart = null;
  }
}

function goTo(from, to) {
  $("#t-start").value = new Date(from).toISOString();
  $("#t-end").value = new Date(to).toISOString();
  $("#follow").checked = false;
  again();
}

// The summary of the new range comes with the page that the server makes of it.
const summaries = debounce(300, async () => {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const other = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, fresh] = [$("#summaries")?.closest("section"), other.querySelector("#summaries")?.closest("section")];
  if (old && fresh) old.replaceWith(fresh);
  else if (fresh) $("main").append(fresh);
  else old?.remove();
});

function again(push = true) {
  showChips();
  keep(push);
  draw();
  summaries();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.dataset.start) { $("#t-start").value = button.dataset.start; $("#t-end").value = "*"; }
  again();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move], [data-zoom]");
  if (!button || !range) return;
  const [a, b] = [range[0] * 1000, range[1] * 1000], width = b - a;
  if (button.dataset.move) {
    const by = width * Number(button.dataset.move), stop = Math.min(now(), b + by);
    goTo(stop - width, stop);
  } else {
    const half = (width * Number(button.dataset.zoom)) / 2, middle = (a + b) / 2;
    goTo(middle - half, Math.min(now(), middle + half));
  }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && end() !== "*" && !event.target.matches("input")) { $("#t-start").value = "*-8h"; $("#t-end").value = "*"; again(); } });
window.addEventListener("popstate", () => location.reload());
setInterval(() => { if ($("#follow").checked && end() === "*" && !document.hidden) draw(); }, FOLLOW);
$("#follow").addEventListener("change", () => { if ($("#follow").checked && end() !== "*") { $("#t-start").value = "*-1h"; $("#t-end").value = "*"; again(); } });

// -- adding points: a combobox ----------------------------------------------------------------------
let found = [], active = -1;
function offer() {
  choices.replaceChildren(...found.map((point, at) => el("span", { role: "option", id: `o-${at}`, "aria-selected": String(at === active), data: { at } }, point.Name, el("small", { text: [point.Descriptor, point.Units].filter(Boolean).join(", ") }))));
  if (!found.length) choices.replaceChildren(el("span.pad.muted", { text: "No point fits." }));
  choices.hidden = !search.value.trim();
  search.setAttribute("aria-expanded", String(!choices.hidden));
  active >= 0 ? search.setAttribute("aria-activedescendant", `o-${active}`) : search.removeAttribute("aria-activedescendant");
  $(`#o-${active}`)?.scrollIntoView({ block: "nearest" });
}
search.addEventListener("input", debounce(200, async () => {
  if (!search.value.trim()) { choices.hidden = true; return; }
  found = (await ask("/streams/found", { params: { q: search.value, maxCount: 30 } })).Items;
  active = -1;
  offer();
}));
function take(point) {
  if (!point || streams.length >= MOST || streams.some((stream) => stream.webId === point.WebId)) return;
  streams.push({ webId: point.WebId, name: point.Name, units: point.Units, digits: -5, step: ["Digital", "String"].includes(point.PointType) });
  search.value = "";
  choices.hidden = true;
  again();
}
search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { active = Math.max(0, Math.min(found.length - 1, active + (event.key === "ArrowDown" ? 1 : -1))); offer(); event.preventDefault(); }
  if (event.key === "Enter") { event.preventDefault(); take(found[Math.max(0, active)]); }
  if (event.key === "Escape") { choices.hidden = true; event.stopPropagation(); }
});
choices.addEventListener("mousedown", (event) => { event.preventDefault(); take(found[event.target.closest("[data-at]")?.dataset.at]); });
search.addEventListener("blur", () => { choices.hidden = true; });

$("#csv").addEventListener("click", () => {
  const rows = last.flatMap((one) => one.points.map(([at, value]) => [one.label, new Date(at * 1000).toISOString(), value ?? "", one.unit].map((text) => `"${String(text).replaceAll('"', '""').replace(/^([=+@])/, "'$1")}"`).join(",")));
  const link = el("a", { href: URL.createObjectURL(new Blob([["Name,Time,Value,Units", ...rows].join("\r\n")], { type: "text/csv" })), download: "trend.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

showChips();
draw();
