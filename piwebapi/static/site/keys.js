// Shortcuts of single keys: the search, the help about them, and a switch for people whose keyboards press keys by themselves.
import { $, el } from "./dom.js";
import { openSearch } from "./search.js";

const KEPT = "single-keys";
const isOn = () => localStorage.getItem(KEPT) !== "off";
const isTyping = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");

const EVERYWHERE = [["/", "Search this server"], ["?", "This help"], ["Esc", "Close what is open"], ["Tab", "To the next control; the first one skips to the content"]];
const PAGES = [
  ["/elements/", "Explorer", [["↑ ↓", "Row above or below"], ["→ ←", "Open or close a branch, or go to its parent"], ["Home End", "First or last row"], ["*", "Open all branches of the level"], ["A to Z", "To the row that begins so"], ["Enter", "Show the element"]]],
  ["/streams/", "Stream monitor", [["Space", "Pause or resume"]]],
  ["/trend/", "Trend", [["← →", "Move the cursor of the chart, with Shift by ten"], ["Home End", "To the first or last value"], ["Esc", "Back to the usual range"]]],
  ["/events/", "Events", [["Enter", "Open the event"], ["Esc", "Close it"], ["Shift", "With a check box: choose all between"]]],
];

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/" && isOn()) { event.preventDefault(); openSearch(); }
    if (event.key === "?" && isOn()) { event.preventDefault(); openHelp(); }
  });
  const open = $("#open-search"), help = $("#open-keys");
  open.addEventListener("click", (event) => { event.preventDefault(); openSearch(); });
  help.hidden = false;
  help.addEventListener("click", () => openHelp());
}

function openHelp() {
  const table = (title, rows) => el("section", {}, el("h3", { text: title }), el("dl.keys", {}, ...rows.flatMap(([keys, text]) => [el("dt", {}, ...keys.split(" ").map((key) => (key === "to" ? " to " : el("kbd", { text: key })))), el("dd", { text })])));
  const here = PAGES.filter(([url]) => location.pathname.startsWith(url));
  const others = PAGES.filter(([url]) => !location.pathname.startsWith(url));
  const single = el("input", { type: "checkbox", checked: isOn(), onchange: (event) => localStorage.setItem(KEPT, event.target.checked ? "on" : "off") });
  const dialog = el("dialog.panel.help-keys", { "aria-labelledby": "keys-title" },
    el("header", {}, el("h2", { id: "keys-title", text: "Keyboard" }), el("button.btn.small", { type: "button", text: "Close", onclick: () => dialog.close() })),
    el("div.pad.stack", {}, table("On every page", EVERYWHERE), ...[...here, ...others].map(([, title, rows]) => table(title, rows)), el("label.check", {}, single, "Keys / and ? do something")));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
}
