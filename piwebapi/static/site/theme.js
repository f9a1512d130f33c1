// Runs before the first paint: the chosen theme and zone, and whether scripts run at all. Everything else is a module.
(() => {
  const root = document.documentElement;
  const kept = /(?:^|; )theme=(light|dark|system)/.exec(document.cookie);
  if (kept) root.dataset.theme = kept[1];
  if (/(?:^|; )zone=utc(?:;|$)/.test(document.cookie)) root.dataset.zone = "utc";
  root.classList.remove("no-script");
})();
