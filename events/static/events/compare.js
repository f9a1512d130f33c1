// The same signal over several event frames, each drawn from its own start.
import { api } from "../site/api.js";
import { Chart, seriesOf } from "../site/chart.js";
import { $, failure } from "../site/dom.js";
import { numeric } from "../site/format.js";

const place = $("#chart"), signal = $("#signal");
signal?.addEventListener("change", () => signal.form.requestSubmit());

async function line({ Name, WebId, StartTime, EndTime }) {
  const item = await api(`streams/${WebId}/plot`, { startTime: StartTime, endTime: EndTime, intervals: 300 });
  const start = Date.parse(StartTime) / 1000;
  const series = seriesOf(item, numeric, { label: Name });
  // Plot tells the value before the window at its start, too.
  return { ...series, points: series.points.map(([at, value]) => [at - start, value]) };
}

async function draw() {
  const lines = JSON.parse($("#lines").textContent);
  place.dataset.state = "loading";
  try {
    const series = await Promise.all(lines.map(line));
    const ends = series.flatMap((one) => [one.points[0]?.[0], one.points.at(-1)?.[0]]).filter((at) => at !== undefined);
    const chart = new Chart(place, { height: 340, since: "the start", onzoom: (range) => chart.show(chart.series, range) });
    chart.show(series, ends.length ? [Math.min(...ends), Math.max(...ends)] : null);
    chart.box.addEventListener("dblclick", () => chart.show(chart.series, [Math.min(...ends), Math.max(...ends)]));
    place.dataset.state = ends.length ? "ready" : "empty";
  } catch (error) {
    place.dataset.state = "error";
    place.replaceChildren(failure(error, draw));
  }
}
if (place) draw();
