// The list above the entry: commands or inline results, walked from the text box without leaving it.

import { element } from "./text.js";

const box = document.querySelector("#message");
const list = document.querySelector("#suggestions");

let items = [];
let chosen = -1;

list.addEventListener("mousedown", (event) => event.preventDefault());

export const isOpen = () => !list.hidden;

/** Show items: {title, detail, choose(), code}, where `code` reads from the left; `name` is the list's label. */
export function open(shown, name) {
  items = shown;
  list.setAttribute("aria-label", name);
  const rows = items.map(({ title, detail, code }, index) => {
    const row = element("li", { role: "option", id: `suggestion-${index}` });
    row.append(element("strong", { dir: code ? "ltr" : "auto" }, title), element("span", { dir: "auto" }, detail));
    row.addEventListener("click", () => items[index].choose());
    return row;
  });
  list.classList.toggle("results", !items.some(({ code }) => code));
  list.replaceChildren(...rows);
  list.hidden = false;
  point(0);
}

export function close() {
  list.hidden = true;
  box.removeAttribute("aria-activedescendant");
}

function point(index) {
  chosen = (index + items.length) % items.length;
  [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
  list.children[chosen].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
}

/** True where a key was for the list. A title typed out in full is sent by Enter, not completed again. */
export function takesKey(event) {
  if (list.hidden) return false;
  const complete = box.value === items[chosen].title;
  if (event.key === "ArrowDown") point(chosen + 1);
  else if (event.key === "ArrowUp") point(chosen - 1);
  else if (event.key === "Escape") close();
  else if (event.key === "Tab" && !event.shiftKey) items[chosen].choose();
  else if (event.key === "Enter" && !event.shiftKey && !complete) items[chosen].choose();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}
