// A menu that a button opens: walked by arrows, closed by Escape, by Tab and by a press elsewhere.

import { element, icon } from "./text.js";

const GAP = 6;
let close = () => {};

/** Open a menu beside `opener`, or close it where it is open: items are {label, icon, choose()}. */
export function toggleMenu(opener, items) {
  if (opener.getAttribute("aria-expanded") === "true") {
    close();
    return;
  }
  close();
  const rows = items.map((item) => {
    const row = element("button", { type: "button", role: "menuitem", tabindex: "-1" }, icon(item.icon), element("span", {}, item.label));
    row.addEventListener("click", () => {
      close();
      item.choose();
    });
    return row;
  });
  const menu = element("div", { class: "menu", role: "menu", "aria-label": opener.getAttribute("aria-label") }, ...rows);
  const leave = (event) => {
    if (!menu.contains(event.target) && !opener.contains(event.target)) close({ refocus: false });
  };
  close = ({ refocus = true } = {}) => {
    close = () => {};
    document.removeEventListener("pointerdown", leave);
    removeEventListener("resize", leave);
    menu.remove();
    opener.setAttribute("aria-expanded", "false");
    if (refocus) opener.focus();
  };
  menu.addEventListener("keydown", (event) => walk(event, rows));
  document.addEventListener("pointerdown", leave);
  addEventListener("resize", leave);
  (opener.closest("main") ?? document.body).append(menu);
  opener.setAttribute("aria-expanded", "true");
  place(menu, opener.getBoundingClientRect());
  rows[0].focus();
}

function walk(event, rows) {
  const at = rows.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next !== undefined) rows[(next + rows.length) % rows.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}

// Below the button or, where there is no room, above it; never beyond the edges of the window.
function place(menu, button) {
  const { width, height } = menu.getBoundingClientRect();
  const start = document.documentElement.dir === "rtl" ? button.right - width : button.left;
  const below = button.bottom + GAP;
  const top = below + height > innerHeight ? button.top - GAP - height : below;
  menu.style.left = `${Math.max(GAP, Math.min(start, innerWidth - width - GAP))}px`;
  menu.style.top = `${Math.max(GAP, top)}px`;
}
