// How many events began when, stacked by severity; dragging narrows the time.
import { el } from "../site/dom.js";
import { count, moment } from "../site/format.js";

const ORDER = ["None", "Information", "Warning", "Minor", "Major", "Critical"];
const NS = "http://www.w3.org/2000/svg";
const BUCKETS = 72, HEIGHT = 100;

const shape = (name, attributes) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

export function drawHistogram(place, summary, onrange) {
  const { Buckets, Width } = summary.Histogram;
  const from = Date.parse(summary.StartTime), to = Date.parse(summary.EndTime);
  const sums = Buckets.map(({ Counts }) => Object.values(Counts).reduce((a, b) => a + b, 0));
  const most = Math.max(1, ...sums);
  const svg = shape("svg", { viewBox: `0 0 ${BUCKETS * 10} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const busiest = sums.length ? Buckets[sums.indexOf(Math.max(...sums))] : null;
  const at = (bucket) => new Date(from + bucket * Width * 1000);
  svg.setAttribute("aria-label", busiest ? `Events by start. Most in one step: ${count(Math.max(...sums))}, from ${moment(at(busiest.Bucket))}.` : "No events in this range");
  for (const { Bucket, Counts } of Buckets) {
    let top = HEIGHT;
    const group = shape("g", {});
    const title = shape("title", {});
    title.textContent = `${moment(at(Bucket))}: ${ORDER.filter((name) => Counts[name]).map((name) => `${count(Counts[name])} ${name}`).join(", ")}`;
    group.append(title);
    for (const name of ORDER) {
      if (!Counts[name]) continue;
      const height = Math.max(2, (Counts[name] / most) * (HEIGHT - 4));
      top -= height;
      group.append(shape("rect", { class: name, x: Bucket * 10 + 1, y: top, width: 8, height }));
    }
    svg.append(group);
  }
  select(svg, (a, b) => onrange(new Date(from + a * (to - from)), new Date(from + b * (to - from))));
  const ends = el("div.ends", {}, el("span", { text: moment(from) }), el("span", { text: "drag to narrow the time" }), el("span", { text: moment(to) }));
  place.replaceChildren(svg, ends);
  place.hidden = false;
}

function select(svg, done) {
  let begin = null, mark = null;
  const share = (event) => {
    const box = svg.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  svg.addEventListener("pointerdown", (event) => {
    begin = share(event);
    svg.setPointerCapture(event.pointerId);
    mark = shape("rect", { class: "sel", y: 0, height: HEIGHT, x: 0, width: 0 });
    svg.append(mark);
  });
  svg.addEventListener("pointermove", (event) => {
    if (begin === null) return;
    const here = share(event);
    mark.setAttribute("x", Math.min(begin, here) * BUCKETS * 10);
    mark.setAttribute("width", Math.abs(here - begin) * BUCKETS * 10);
  });
  svg.addEventListener("pointerup", (event) => {
    if (begin === null) return;
    const [a, b] = [begin, share(event)].sort((x, y) => x - y);
    begin = null;
    mark.remove();
    if (b - a > 0.01) done(a, b);
  });
}
