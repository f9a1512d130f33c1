// The ingestion page: one request refreshes everything, and tells of each panel by itself how it stands; a panel that
// fails leaves the others alone.
import { ask, fragment, now, parsed } from "../site/api.js";
import { Chart } from "../site/chart.js";
import { $, $$, failure } from "../site/dom.js";
import { age } from "../site/format.js";
import { showTimes } from "../site/site.js";

const every = $("#every select"), rate = $("#rate");
for (const id of ["#every", "#refresh", "#updated"]) $(id).hidden = false;
let range = $("#ranges [aria-current]")?.dataset.range ?? "1h", group = new URLSearchParams(location.search).get("group") ?? "sensor";
let chart = null, updated = Date.now(), timer = null;

function ages(inside = document) {
  for (const place of $$("[data-age]", inside)) if (place.dataset.age) place.textContent = age(now() - Date.parse(place.dataset.age));
  showTimes(inside);
}

// A run that is under way is looked at often.
const soon = (panel) => { clearTimeout(panel.due); panel.due = setTimeout(() => { if (!document.hidden) load(panel); }, 2000); };

function fill(panel, content) {
  panel.replaceChildren(content);
  panel.dataset.state = "ready";
  panel.dataset.at = Date.now();
  ages(panel);
  if ($("[data-running]", panel)) soon(panel);
}

function fail(panel, error) {
  panel.dataset.state = "error";
  $(":scope > .banner", panel)?.remove();
  const said = failure(error, () => load(panel));
  said.querySelector("span").prepend(`${panel.dataset.title || "Figures"}: `);
  if (panel.dataset.at) said.querySelector("span").append(` Shown is what was read ${age(Date.now() - panel.dataset.at)}.`);
  panel.prepend(said);
}

async function load(panel) {
  try {
    fill(panel, await fragment(`/ingestion/panel/${panel.dataset.panel}?group=${group}`));
  } catch (error) {
    fail(panel, error);
  }
}

function draw({ Times, Rows, Failures, Seconds }) {
  const points = (values) => values.map((value, at) => [Date.parse(Times[at]) / 1000, value]);
  if (!chart) chart = new Chart(rate, { height: 220 });
  const per = Seconds === 60 ? "rows per minute" : `rows per ${Seconds / 60} minutes`;
  const series = [{ label: "Written", unit: per, points: points(Rows), bars: true, digits: 0 }, { label: "Failed", unit: "failed runs", points: points(Failures), bars: true, digits: 0 }];
  chart.show(series, [Date.parse(Times[0]) / 1000, Date.parse(Times.at(-1)) / 1000]);
  rate.dataset.state = Rows.some(Boolean) || Failures.some(Boolean) ? "ready" : "empty";
}

function failChart(error) {
  rate.dataset.state = "error";
  chart = null;
  rate.replaceChildren(failure(error, loadChart));
}

async function loadChart() {
  try {
    draw(await ask("/ingestion/series", { params: { range } }));
  } catch (error) {
    failChart(error);
  }
}

const refused = ({ Errors }) => new Error(Errors.join(" "));

async function refresh() {
  const wanted = { group, range };
  try {
    const { Panels, Series } = await ask("/ingestion/panels", { params: wanted });
    for (const panel of $$("[data-panel]")) {
      const told = Panels[panel.dataset.panel];
      if (panel.dataset.panel === "tags" && wanted.group !== group) continue; // another choice has been made meanwhile
      if (told.Errors) fail(panel, refused(told)); else fill(panel, parsed(told.Html));
    }
    if (wanted.range === range) Series.Errors ? failChart(refused(Series)) : draw(Series);
    updated = Date.now();
  } catch (error) {
    for (const panel of $$("[data-panel]")) fail(panel, error);
    failChart(error);
  }
}

function plan() {
  clearInterval(timer);
  const seconds = Number(every.value);
  if (seconds) timer = setInterval(() => { if (!document.hidden) refresh(); }, seconds * 1000);
}

$("#refresh").addEventListener("click", refresh);
every.addEventListener("change", plan);
setInterval(() => { $("#updated").textContent = `Updated ${age(Date.now() - updated)}`; }, 1000);
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-range], [data-group]");
  if (!choice) return;
  event.preventDefault();
  const url = new URL(location.href);
  if (choice.dataset.range) {
    ({ range } = choice.dataset);
    url.searchParams.set("range", range);
    for (const other of $$("#ranges .btn")) other === choice ? other.setAttribute("aria-current", "true") : other.removeAttribute("aria-current");
    loadChart();
  } else {
    ({ group } = choice.dataset);
    url.searchParams.set("group", group);
    load($('[data-panel="tags"]'));
  }
  history.replaceState(null, "", url);
});
for (const panel of $$('[data-panel][data-state="ready"]')) panel.dataset.at = Date.now();
ages();
loadChart();
plan();
