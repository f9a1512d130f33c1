// Events as bars on a time axis, a lane for each template; bars that overlap go below each other.
import { el } from "../site/dom.js";
import { day, duration, moment } from "../site/format.js";
import { now } from "../site/api.js";

const ROW = 26;

export function timeline(rows, from, to, link) {
  const span = to - from;
  const left = (time) => Math.min(100, Math.max(0, ((time - from) / span) * 100));
  const lanes = new Map();
  for (const row of rows) {
    const name = row.TemplateName || "No template";
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push(row);
  }
  const axis = el("div.track");
  for (let step = 0; step < 8; step += 1) {
    const tick = el("span", { text: span > 2 * 86400000 ? day(new Date(from + (span * step) / 8)) : moment(new Date(from + (span * step) / 8)).slice(5, 16) });
    tick.style.left = `${(step / 8) * 100}%`;
    axis.append(tick);
  }
  const made = [el("div.lane.axis", {}, el("b"), axis)];
  for (const [name, members] of [...lanes].sort()) {
    const ends = []; // where each line of the lane is free again, in percent
    const track = el("div.track");
    for (const row of members.sort((a, b) => a.StartTime.localeCompare(b.StartTime))) {
      const a = left(Date.parse(row.StartTime)), b = left(row.EndTime ? Date.parse(row.EndTime) : now());
      let line = ends.findIndex((end) => end < a);
      if (line < 0) line = ends.length;
      ends[line] = Math.max(b, a + 0.7);
      const length = duration((row.EndTime ? Date.parse(row.EndTime) : now()) - Date.parse(row.StartTime));
      const text = `${row.Name}, ${row.Severity}, ${moment(row.StartTime)}, ${row.EndTime ? length : `in progress for ${length}`}`;
      const bar = el(`a.bar.${row.Severity}${row.EndTime ? "" : ".running"}`, { href: link(row), title: text, "aria-label": text, data: { id: row.WebId, key: row.WebId } });
      bar.style.left = `${a}%`;
      bar.style.width = `${Math.max(0, b - a)}%`;
      bar.style.top = `${4 + line * ROW}px`;
      track.append(bar);
    }
    track.style.height = `${8 + ends.length * ROW}px`;
    made.push(el("div.lane", {}, el("b", { text: `${name} (${members.length})` }), track));
  }
  return el("div.timeline", {}, ...made);
}
