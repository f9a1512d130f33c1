// The counters follow the server every 30 seconds while somebody looks.
import { moment } from "./format.js";

const shown = document.querySelectorAll("[data-count]");
const counted = document.querySelector("#counted time");
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch("/counts").catch(() => null);
  if (!answer?.ok) return;
  const counts = await answer.json();
  for (const element of shown) element.textContent = counts[element.dataset.count].toLocaleString("en-US");
  counted.dateTime = counted.title = counts.counted;
  counted.textContent = moment(counts.counted);
}, 30000);
