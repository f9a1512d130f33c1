// A list that the server makes, and a form that filters it: the list follows the form, the address follows both.
import { $, announce, debounce, failure } from "./dom.js";
import { showTimes } from "./site.js";

const form = $("form[data-listing]");
const place = document.getElementById(form.dataset.listing);
let asking = null;

async function load(url) {
  asking?.abort();
  asking = new AbortController();
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`The server answered with status ${answer.status}.`);
    const other = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...other.getElementById(place.id).childNodes);
    showTimes(place);
    announce($("[role=status]", place)?.textContent ?? "");
  } catch (error) {
    if (error.name === "AbortError") return;
    place.prepend(failure(error.message === "Failed to fetch" ? new Error("The server does not answer.") : error, () => load(url)));
  }
  place.removeAttribute("aria-busy");
}

function changed(push) {
  const params = new URLSearchParams(new FormData(form));
  const url = params.size ? `?${params}` : location.pathname;
  history[push ? "pushState" : "replaceState"](null, "", url);
  load(url);
}

const typed = debounce(300, () => changed(false));
form.addEventListener("input", (event) => { if (event.target.type === "search") typed(); });
form.addEventListener("change", (event) => { if (event.target.type !== "search") changed(true); });
form.addEventListener("submit", (event) => { event.preventDefault(); changed(true); });
window.addEventListener("popstate", () => location.reload());
