// Elements made by hand. Data becomes text, never markup.
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "text") made.textContent = value;
    else if (key === "data") Object.assign(made.dataset, value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const ICONS = new URL("icons.svg", import.meta.url).pathname;

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

// A finger is the pointer: rows of long lists are higher.
export const coarse = matchMedia("(pointer: coarse)").matches;

export const $ = (selector, inside = document) => inside.querySelector(selector);
export const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];

// The last call within `ms` counts.
export function debounce(ms, call) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), ms);
  };
}

export function announce(text) {
  let place = $("#announcer");
  if (!place) {
    place = el("div.hide-visually", { id: "announcer", role: "status" });
    document.body.append(place);
  }
  place.textContent = text;
}

// What a part of a page says when it has nothing to show.
export function emptyState(name, title, hint, ...actions) {
  return el("div.empty", {}, icon(name), el("strong", { text: title }), hint ? el("span", { text: hint }) : null, ...actions);
}

export function failure(error, again) {
  const retry = again && el("button.btn.small", { type: "button", onclick: again, text: "Retry" });
  return el("div.banner.bad", { role: "alert" }, icon("warn"), el("span", { text: error.message || String(error) }), retry);
}
