// One event frame: its panel, acknowledging, annotating, the trend around it.
import { api, fragment, now } from "../site/api.js";
import { Chart, seriesOf } from "../site/chart.js";
import { $, $$, announce, el, failure } from "../site/dom.js";
import { duration, moment, numeric } from "../site/format.js";

export class Detail {
  constructor(place, { onclose, onchange }) {
    this.place = place;
    this.onchange = onchange;
    place.addEventListener("click", (event) => {
      if (event.target.closest(".close")) { event.preventDefault(); onclose(); }
      if (event.target.closest("[data-acknowledge]")) this.#acknowledge(event.target.closest("button"));
    });
    place.addEventListener("submit", (event) => { event.preventDefault(); this.#annotate(event.target); });
    setInterval(() => this.#tick(), 1000);
    if ($(".event", place)) this.#enliven();
  }

  get webId() { return $(".event", this.place)?.dataset.webid ?? ""; }

  async open(webId) {
    this.loading?.abort();
    this.loading = new AbortController();
    this.place.hidden = false;
    this.place.setAttribute("aria-busy", "true");
    try {
      const content = await fragment(`/events/detail?id=${encodeURIComponent(webId)}`, this.loading.signal);
      this.place.replaceChildren(content);
      this.#enliven();
      announce(`${$(".event", this.place).dataset.name} is open`);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.place.replaceChildren(el("div.event", {}, el("header.event-head", {}, el("h2", { text: "Event frame" }), el("button.btn.small.close", { type: "button", text: "Close" })), el("div.pad", {}, failure(error, () => this.open(webId)))));
    }
    this.place.removeAttribute("aria-busy");
  }

  close() {
    this.loading?.abort();
    this.place.hidden = true;
    this.place.replaceChildren();
  }

  #enliven() {
    for (const button of $$("[data-copy]", this.place)) button.hidden = false;
    for (const time of $$("time[datetime]", this.place)) time.textContent = moment(time.dateTime);
    this.place.scrollTop = 0;
    this.#trend().catch(() => {});
  }

  #tick() {
    const since = $("[data-since]", this.place);
    if (since) since.textContent = duration(now() - Date.parse(since.dataset.since));
  }

  async #acknowledge(button) {
    button.disabled = true;
    try {
      await api(`eventframes/${this.webId}/acknowledge`, {}, { method: "PATCH" });
      this.onchange();
      await this.open(this.webId);
    } catch (error) {
      button.disabled = false;
      $("[data-message]", this.place).replaceChildren(failure(error));
    }
  }

  async #annotate(form) {
    const text = new FormData(form).get("text").trim();
    if (!text) return;
    try {
      await api(`eventframes/${this.webId}/annotations`, {}, { method: "POST", body: { Name: "Remark", Description: text } });
      await this.open(this.webId);
    } catch (error) {
      $("[data-message]", this.place).replaceChildren(failure(error));
      $("[data-message]", this.place).scrollIntoView({ block: "nearest" });
    }
  }

  // Up to three streams of the element, from a tenth before the event to a tenth after it.
  async #trend() {
    const box = $("[data-chart]", this.place), event = $(".event", this.place);
    if (!box || !event) return;
    const start = Date.parse(event.dataset.start), end = event.dataset.end ? Date.parse(event.dataset.end) : now();
    const margin = Math.max(60000, (end - start) / 10);
    const [from, to] = [start - margin, Math.min(now(), end + margin)];
    const iso = (ms) => new Date(ms).toISOString();
    const answer = await api(`streamsets/${box.dataset.element}/plot`, { startTime: iso(from), endTime: iso(to), intervals: 380 });
    const series = answer.Items.filter((item) => item.Items?.some((one) => typeof one.Value === "number")).slice(0, 3).map((item) => seriesOf(item, numeric));
    if (!box.isConnected) return;
    if (!series.some((one) => one.points.length > 1)) {
      box.replaceChildren(el("p.muted.small", { text: "Its element has no numeric history over that time." }));
      return;
    }
    const chart = new Chart(box, { height: 190, bands: [[start / 1000, end / 1000]] });
    chart.show(series, [from / 1000, to / 1000]);
  }
}
