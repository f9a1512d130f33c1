// The admin's theme opens menus, groups and filters by clicks on things that no key reaches; here they become buttons.
"use strict";
{
  const NAMES = [
    [/opencommand/, "Search apps and models"], [/openDropdown/, "Pages of the site"], [/openUserLinks/, "Account"],
    [/sidebar(Desktop|Mobile)Open/, "Sidebar"], [/openActions/, "More actions"], [/openRelated/, "Related objects"],
  ];
  const MENUS = /openDropdown|openUserLinks|openActions|openRelated/;
  const native = "button, input, select, textarea, summary, label, a[href], [tabindex]";

  function reachable(element) {
    const heading = element.tagName === "H2", does = element.getAttribute("x-on:click");
    let button = element;
    if (heading) { // stays a heading, and holds a button
      button = document.createElement("span");
      button.className = "flex grow items-center";
      button.append(...element.childNodes);
      element.append(button);
    }
    button.tabIndex = 0;
    button.setAttribute("role", "button");
    const name = NAMES.find(([pattern]) => pattern.test(does))?.[1];
    if (name) button.setAttribute("aria-label", name);
    const opened = element.nextElementSibling;
    const tell = () => { if (heading && opened) button.setAttribute("aria-expanded", String(opened.checkVisibility())); };
    tell();
    if (heading && opened) new MutationObserver(tell).observe(opened, { attributeFilter: ["style"] });
    button.addEventListener("keydown", (event) => {
      if (event.target !== button || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      element.click();
      if (MENUS.test(does)) enter(element);
    });
  }

  // A menu that opens is gone into as soon as it is seen, wherever it stands in the document.
  function enter(element, patience = 20) {
    const within = [...(element.closest("[x-data]")?.querySelectorAll("nav, [x-show]") ?? [])];
    const menu = within.find((one) => !one.contains(element) && one.checkVisibility() && one.querySelector("a[href], button"));
    if (menu) menu.querySelector("a[href], button").focus();
    else if (patience) setTimeout(() => enter(element, patience - 1), 50);
  }

  function skip() {
    const main = document.getElementById("main");
    if (!main) return;
    const link = document.createElement("a");
    Object.assign(link, { href: "#main", className: "skip", textContent: "Skip to the content" });
    link.addEventListener("click", () => { main.tabIndex = -1; main.focus(); });
    document.body.prepend(link);
  }

  // Boxes that look objects up as one types stand in for selects, whose labels do not name them.
  function named() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const label = select.labels[0]?.textContent.trim();
      for (const part of select.nextElementSibling?.querySelectorAll('[role="combobox"], [role="textbox"]') ?? []) if (label) part.setAttribute("aria-label", label);
    }
  }
  window.addEventListener("load", () => setTimeout(named, 100)); // the boxes are made a moment after the document

  document.addEventListener("DOMContentLoaded", () => {
    skip();
    const clicked = [...document.querySelectorAll("[x-on\\:click]")];
    for (const element of clicked) if (!element.matches(native) && !element.querySelector(native) && element.textContent.trim()) reachable(element);
  });
}
