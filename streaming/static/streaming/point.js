// One point: its value as it comes, its course over the range of the address.
import { api } from "../site/api.js";
import { Chart, seriesOf } from "../site/chart.js";
import { Connection, showState } from "../site/connection.js";
import { $, el, failure, icon } from "../site/dom.js";
import { QUALITY_ICONS, moment, numeric, quality, shown } from "../site/format.js";

const { webid, name, digits, units, step, start, end } = $("#point").dataset;
const place = $("#chart"), value = $("[data-value]");

async function draw() {
  place.dataset.state = "loading";
  try {
    const answer = await api(`streams/${webid}/plot`, { startTime: start, endTime: end, intervals: Math.max(100, Math.round(place.clientWidth)) });
    const series = seriesOf(answer, numeric, { step: Boolean(step), label: name, unit: units, digits: Number(digits) });
    const chart = new Chart(place, { height: 260, onzoom: zoom });
    const times = series.points.map((point) => point[0]);
    chart.show([series], times.length ? [times[0], times.at(-1)] : null);
    place.dataset.state = times.length ? "ready" : "empty";
  } catch (error) {
    place.dataset.state = "error";
    place.replaceChildren(failure(error, draw));
  }
}

function zoom([from, to]) {
  const iso = (seconds) => new Date(seconds * 1000).toISOString();
  location.search = new URLSearchParams({ start: iso(from), end: iso(to) });
}
draw();

if (value) {
  const connection = new Connection({ rate: 1000 });
  $("#state").hidden = false;
  showState(connection, $("#state"));
  connection.addEventListener("values", ({ detail: { items } }) => {
    const item = items.at(-1), said = quality(item);
    value.textContent = shown(item.Value, Number(digits));
    $("[data-time]").replaceChildren(el("time", { datetime: item.Timestamp, text: moment(item.Timestamp) }));
    $("[data-quality]").replaceChildren(el(`span.chip.${said.toLowerCase()}`, {}, icon(QUALITY_ICONS[said]), said));
  });
  connection.subscribe(webid);
}
