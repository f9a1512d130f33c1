// The counters follow the server every 30 seconds while somebody looks.
const shown = document.querySelectorAll("[data-count]");
setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch("/counts").catch(() => null);
  if (!answer?.ok) return;
  const counts = await answer.json();
  for (const element of shown) element.textContent = counts[element.dataset.count].toLocaleString("en-US");
}, 30000);
