// The stream monitor: what is watched, how it looks, and what happens when the connection goes.
import { api, now } from "../site/api.js";
import { Connection, showState } from "../site/connection.js";
import { $, $$, announce, el, emptyState } from "../site/dom.js";
import { age, count, duration, numeric, quality, shown } from "../site/format.js";
import { Buffer } from "./buffers.js";
import { Picker } from "./picker.js";
import { Cards, RAW_LINES, Raw, Table, Trend } from "./views.js";

const MOST = 200, IN_ADDRESS = 50, HIDDEN_FOR = 30000;
const VIEWS = { table: Table, cards: Cards, trend: Trend, raw: Raw };

const asked = new URLSearchParams(location.search);
const watched = new Map(); // webId -> Buffer
const lines = [];
const arrivals = []; // times of the messages of the last ten seconds
let name = asked.get("view") in VIEWS ? asked.get("view") : "table";
let view = null, paused = false, held = 0, dirty = new Set(), touched = new Set(), whole = false, due = 0, drawnAt = 0;

document.querySelector("main").classList.add("live-page");
const place = $("#view"), rateField = $("#rate"), windowField = $("#window");
const initial = $$("#streams tbody tr").map((row) => ({ webId: row.dataset.webid, name: row.dataset.name, units: row.dataset.units, digits: Number(row.dataset.digits), fault: row.dataset.fault }));
for (const [field, key] of [[rateField, "rate"], [windowField, "window"]]) if ([...field.options].some((option) => option.value === asked.get(key))) field.value = asked.get(key);
for (const id of ["#tools", "#tiles", "#view-head", "#advanced"]) $(id).hidden = false;

const connection = new Connection({ rate: Number(rateField.value) });
showState(connection, $("#state"), $("#retry"));
connection.addEventListener("state", () => { if (connection.state === "live") fillGap(); });

// -- what is watched ------------------------------------------------------------------------------
function add(streams) {
  const fresh = streams.filter((stream) => !watched.has(stream.webId)).slice(0, Math.max(0, MOST - watched.size));
  if (fresh.length < streams.filter((stream) => !watched.has(stream.webId)).length) announce(`At most ${MOST} streams are watched at once.`);
  for (const stream of fresh) watched.set(stream.webId, new Buffer(stream));
  const good = fresh.filter((stream) => !stream.fault).map((stream) => stream.webId);
  if (good.length) {
    connection.subscribe(good);
    fillPast(good);
  }
  changed();
}

function remove(webIds) {
  for (const id of [webIds].flat()) watched.delete(id);
  connection.unsubscribe(webIds);
  changed();
}

function changed() {
  keep();
  picker?.repaint();
  choose(name);
}

function keep() {
  const params = new URLSearchParams();
  for (const id of [...watched.keys()].slice(0, IN_ADDRESS)) params.append("webid", id);
  if (rateField.value !== "1000") params.set("rate", rateField.value);
  if (windowField.value !== "300") params.set("window", windowField.value);
  if (name !== "table") params.set("view", name);
  history.replaceState(null, "", params.size ? `?${params}` : location.pathname);
  const ids = [...watched.keys()].slice(0, 60).map((id) => `webId=${id}`).join("&");
  $("#copy-channel").dataset.copy = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/piwebapi/streamsets/channel?${ids}`;
}

// -- values ---------------------------------------------------------------------------------------
connection.addEventListener("values", ({ detail: { id, items } }) => {
  const buffer = watched.get(id);
  if (!buffer) return;
  const before = buffer.item?.Timestamp;
  buffer.take(items, numeric);
  arrivals.push(Date.now());
  if (buffer.item.Timestamp !== before) dirty.add(id);
  touched.add(id);
  if (paused) { held += 1; return; }
  later();
});
connection.addEventListener("answer", ({ detail: { id, message } }) => {
  const buffer = id && watched.get(id);
  if (buffer && message.Status !== "Success") { buffer.fault = message.Reason ?? "The server refused it."; later(true); }
});
connection.addEventListener("raw", ({ detail }) => {
  lines.push({ ...detail, at: Date.now() });
  if (lines.length > RAW_LINES) lines.splice(0, lines.length - RAW_LINES);
  if (name === "raw") later();
});

// Drawn soon: what has changed, or with `all` everything; no more often than the view can use.
function later(all = false) {
  whole ||= all;
  if (due || document.hidden) return;
  due = setTimeout(() => requestAnimationFrame(() => { due = 0; draw(whole); }), Math.max(0, (view?.every ?? 100) - (Date.now() - drawnAt)));
}

function draw(all = true) {
  if (paused || !view) return;
  const to = now(), flash = dirty, only = all ? null : touched;
  [dirty, touched, whole, drawnAt] = [new Set(), new Set(), false, Date.now()];
  view.draw([...watched.values()], { from: to - Number(windowField.value) * 1000, to, rate: connection.rate, only, flash });
}

// The window before now, so that a course is there at once: what the service draws for as many points as we have pixels.
async function fillPast(webIds) {
  for (let at = 0; at < webIds.length; at += 60) {
    const part = webIds.slice(at, at + 60);
    try {
      const { Items } = await api("streamsets/plot", { webId: part, startTime: `*-${windowField.value}s`, endTime: "*", intervals: 60 });
      part.forEach((id, index) => watched.get(id)?.take(Items[index]?.Items ?? [], numeric, true));
    } catch { return; /* values still come; their course begins now */ }
  }
  later(true);
}

// What was missed while the connection was lost, as far as it was recorded.
async function fillGap() {
  const lost = [...watched.values()].filter((buffer) => buffer.item && !buffer.fault).slice(0, 60);
  if (!lost.length || !connection.reconnects) return;
  const start = new Date(Math.min(...lost.map((buffer) => Date.parse(buffer.item.Timestamp)))).toISOString();
  try {
    const { Items } = await api("streamsets/recorded", { webId: lost.map((buffer) => buffer.webId), startTime: start, endTime: "*", maxCount: 2000 });
    lost.forEach((buffer, index) => buffer.take(Items[index]?.Items ?? [], numeric));
    later(true);
  } catch { /* the gap stays, and is drawn as one */ }
}

// -- views ----------------------------------------------------------------------------------------
function choose(next) {
  name = next;
  for (const button of $$("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  if (!watched.size && name !== "raw") {
    view = null;
    const examples = ["*Temperature*", "*Unit001*", "SINUSOID"].map((text) => el("button.btn.small", { type: "button", text, onclick: () => { $("#q").value = text; picker.find(); $("#q").focus(); } }));
    if ($("#monitor").dataset.total === "0") place.replaceChildren(emptyState("wave", "There are no points yet", "Create them over the API, or make a demo plant with manage.py load_demo."));
    else place.replaceChildren(emptyState("wave", "Nothing is watched yet", "Search for points and add them; values arrive as long as this page is open.", el("div.row", {}, ...examples)));
    return;
  }
  if (!(view instanceof VIEWS[name])) view = name === "raw" ? new Raw(place, lines) : new VIEWS[name](place, { onremove: remove, onsight: (id) => { touched.add(id); later(); } });
  const wasPaused = paused;
  paused = false;
  draw();
  paused = wasPaused;
}
for (const button of $$("[data-view]")) button.addEventListener("click", () => { choose(button.dataset.view); keep(); });

// -- tools ----------------------------------------------------------------------------------------
function pause(on) {
  paused = on;
  connection.pause(on);
  held = 0;
  $("#pause").setAttribute("aria-pressed", String(on));
  $("#pause span").textContent = on ? "Resume" : "Pause";
  if (!on) draw();
}
$("#pause").addEventListener("click", () => pause(!paused));
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.closest("input, select, button, a, textarea, summary, [tabindex]:not(main)")) return;
  event.preventDefault();
  pause(!paused);
});
$("#clear").addEventListener("click", () => {
  for (const buffer of watched.values()) buffer.clear();
  lines.length = arrivals.length = 0;
  connection.messages = 0;
  draw();
});
rateField.addEventListener("change", () => { connection.setRate(Number(rateField.value)); keep(); });
windowField.addEventListener("change", () => {
  keep();
  fillPast([...watched.values()].filter((buffer) => !buffer.fault).map((buffer) => buffer.webId));
});
$("#remove-all").addEventListener("click", () => remove([...watched.keys()]));
$("#socket").value = connection.url;
$("#socket").addEventListener("change", (event) => { connection.url = event.target.value; });
$("#connect").addEventListener("click", () => { connection.disconnect(); connection.connect(); });
$("#disconnect").addEventListener("click", () => connection.disconnect());
$("#csv").addEventListener("click", () => {
  const safe = (text) => (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);
  const quoted = (text) => `"${safe(String(text)).replaceAll('"', '""')}"`;
  const rows = [...watched.values()].flatMap((buffer) => buffer.points.map(([at, value]) => [buffer.name, new Date(at).toISOString(), value ?? "", buffer.units].map(quoted).join(",")));
  const now_ = [...watched.values()].filter((buffer) => buffer.item).map((buffer) => [buffer.name, buffer.item.Timestamp, shown(buffer.item.Value, 12), quality(buffer.item)]);
  const text = rows.length ? ["Name,Time,Value,Units", ...rows].join("\r\n") : ["Name,Time,Value,Quality", ...now_.map((row) => row.map(quoted).join(","))].join("\r\n");
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "streams.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

// -- tiles ----------------------------------------------------------------------------------------
setInterval(() => {
  const since = Date.now() - 10000;
  while (arrivals[0] < since) arrivals.shift();
  const live = [...connection.wanted.values()].filter((one) => one.status === "live").length;
  const say = (tile, text) => { $(`#t-${tile}`).textContent = text; };
  say("messages", count(connection.messages));
  say("subscriptions", count(live));
  say("persecond", (arrivals.length / 10).toFixed(1));
  say("latency", connection.latency === null ? "-" : `${Math.max(1, Math.round(connection.latency))} ms`);
  say("connected", duration(connection.uptime));
  say("reconnects", count(connection.reconnects));
  say("last", paused ? `paused, ${count(held)} held` : connection.lastMessage ? age(now() - connection.lastMessage) : "-");
  if (!paused && !document.hidden) later(true);
}, 1000);

// A page that nobody sees asks for nothing after a while, and comes back with what it missed.
let sleeping = null, asleep = false;
document.addEventListener("visibilitychange", () => {
  clearTimeout(sleeping);
  if (document.hidden) sleeping = setTimeout(() => { asleep = ["live", "stale", "polling", "reconnecting"].includes(connection.state); if (asleep) connection.disconnect(); }, HIDDEN_FOR);
  else if (asleep) { asleep = false; connection.connect(); }
});

const picker = new Picker({
  form: $("#search"), list: $("#picks"), counter: $("#found-count"), addAll: $("#add-all"),
  isWatched: (webId) => watched.has(webId), onadd: add, onremove: remove,
});
if (initial.length) add(initial);
else choose(name);
