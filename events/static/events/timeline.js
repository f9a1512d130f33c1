// Events as bars on a time axis, a lane for each template; bars that overlap go below each other.
import { el } from "../site/dom.js";
import { clock, day, duration, inUtc, moment } from "../site/format.js";
import { now } from "../site/api.js";

const ROW = 26, TARGET = 24, NAMES = 190, NARROWEST = 500;

// `width`: of the place. A bar is as long as its event lasted; what is pressed is never narrower than a finger needs.
export function timeline(rows, from, to, link, width) {
  const span = to - from;
  const left = (time) => Math.min(100, Math.max(0, ((time - from) / span) * 100));
  const least = (TARGET / Math.max(NARROWEST, width - NAMES)) * 100;
  const lanes = new Map();
  for (const row of rows) {
    const name = row.TemplateName || "No template";
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push(row);
  }
  const axis = el("div.track");
  for (const [at, text] of ticks(from, to)) {
    const tick = el("span", { text });
    tick.style.left = `${left(at)}%`;
    axis.append(tick);
  }
  const made = [el("div.lane.axis", {}, el("b"), axis)];
  for (const [name, members] of [...lanes].sort()) {
    const ends = []; // where each line of the lane is free again, in percent
    const track = el("div.track");
    for (const row of members.sort((a, b) => a.StartTime.localeCompare(b.StartTime))) {
      const a = left(Date.parse(row.StartTime)), b = left(row.EndTime ? Date.parse(row.EndTime) : now());
      const wide = Math.max(least, b - a), begin = Math.min(a, 100 - wide);
      let line = ends.findIndex((end) => end <= begin);
      if (line < 0) line = ends.length;
      ends[line] = begin + wide;
      const length = duration((row.EndTime ? Date.parse(row.EndTime) : now()) - Date.parse(row.StartTime));
      const text = `${row.Name}, ${row.Severity}, ${moment(row.StartTime)}, ${row.EndTime ? length : `in progress for ${length}`}`;
      const drawn = el("i");
      drawn.style.left = `${((a - begin) / wide) * 100}%`;
      drawn.style.width = `${(Math.max(0, b - a) / wide) * 100}%`;
      const bar = el(`a.bar.${row.Severity}${row.EndTime ? "" : ".running"}`, { href: link(row), title: text, "aria-label": text, data: { id: row.WebId, key: row.WebId } }, drawn);
      bar.style.left = `${begin}%`;
      bar.style.width = `${wide}%`;
      bar.style.top = `${4 + line * ROW}px`;
      track.append(bar);
    }
    track.style.height = `${8 + ends.length * ROW}px`;
    made.push(el("div.lane", {}, el("b", { text: `${name} (${members.length})` }), track));
  }
  const box = el("div.timeline", {}, ...made);
  box.style.setProperty("--track", `${Math.max(NARROWEST, width - NAMES)}px`);
  return box;
}

const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];

// At most nine round times of the reader's zone.
function ticks(from, to) {
  const step = STEPS.find((one) => (to - from) / one <= 9) ?? (to - from) / 8;
  const shift = inUtc() ? 0 : new Date(from).getTimezoneOffset() * MINUTE;
  const found = [];
  for (let at = Math.ceil((from - shift) / step) * step + shift; at < to; at += step) {
    const text = clock(at);
    found.push([at, step >= DAY || text === "00:00:00" ? day(at) : text.slice(0, 5)]);
  }
  return found;
}
