// On every page: theme, menu, copy buttons, times in the reader's zone, search, keys.
import { $$ } from "./dom.js";
import { clock, inUtc, moment, zoneName } from "./format.js";
import { startKeys } from "./keys.js";

const root = document.documentElement;
const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

const THEMES = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
const themeButton = document.getElementById("theme");
const showTheme = () => {
  const name = THEMES[root.dataset.theme] || THEMES.system;
  themeButton.title = `${name} (press to change)`;
  themeButton.setAttribute("aria-label", name);
};
themeButton.hidden = false;
showTheme();
themeButton.addEventListener("click", () => {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(root.dataset.theme) + 1) % names.length];
  root.dataset.theme = next;
  keep("theme", next);
  showTheme();
  window.dispatchEvent(new Event("themechange"));
});

const menu = document.getElementById("menu");
const nav = document.getElementById("nav");
const openMenu = (open) => {
  nav.toggleAttribute("data-open", open);
  menu.setAttribute("aria-expanded", String(open));
};
menu.addEventListener("click", () => openMenu(!nav.hasAttribute("data-open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && nav.hasAttribute("data-open")) {
    openMenu(false);
    menu.focus();
  }
});

// An insecure origin (a plant network without TLS) has no clipboard API.
const copyText = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};
for (const button of $$("[data-copy]")) button.hidden = false;
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copyText(button.dataset.copy);
  const label = [...button.childNodes].find((node) => node.nodeType === 3 && node.data.trim());
  if (!label || button.dataset.said) return;
  button.dataset.said = label.data;
  label.data = "Copied";
  setTimeout(() => { label.data = button.dataset.said; delete button.dataset.said; }, 1500);
});

export function showTimes(inside = document) {
  for (const element of $$("time[datetime]", inside)) {
    element.title = element.dateTime;
    element.textContent = ("clock" in element.dataset ? clock : moment)(element.dateTime);
  }
}
document.getElementById("zone").textContent = zoneName();
showTimes();

// Charts and lists are drawn in one zone: the page is made anew.
const zoneButton = document.getElementById("zone-switch");
zoneButton.hidden = false;
zoneButton.textContent = inUtc() ? "Show local times" : "Show UTC";
zoneButton.addEventListener("click", () => {
  keep("zone", inUtc() ? "local" : "utc");
  location.reload();
});

// A form by GET sends only the fields that say something.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData.entries()]) {
    if (value !== "") continue;
    const others = event.formData.getAll(name).filter((text) => text !== "");
    event.formData.delete(name);
    for (const text of others) event.formData.append(name, text);
  }
});

startKeys();
