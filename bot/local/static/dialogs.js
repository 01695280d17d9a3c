// Windows over the page: made when opened, gone when closed; the browser keeps the focus inside and gives it back.

import { element, icon } from "./text.js";
import { string } from "./strings.js";

/**
 * Open a window: `title`, `content` as nodes and, where it has something to carry out, `action`: {label, run()}, which
 * closes it unless `run` gives false. Gives the function that closes it.
 */
export function openDialog(title, content, action = null) {
  const heading = element("h2", { id: "dialog-title", tabindex: "-1" }, title);
  const label = string("close");
  const shut = element("button", { type: "button", class: "tool", "aria-label": label, title: label }, icon("close"));
  const form = element("form", {}, element("header", {}, heading, shut), element("div", { class: "content" }, ...content));
  const dialog = element("dialog", { class: "sheet", "aria-labelledby": "dialog-title" }, form);
  const close = () => dialog.close();
  shut.addEventListener("click", close);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  if (action) form.append(element("footer", {}, element("button", { type: "submit", class: "primary" }, action.label)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (action && (await action.run()) !== false) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  (content.map((node) => node.querySelector("input, textarea, select")).find(Boolean) ?? heading).focus();
  return close;
}

/** A labelled control. */
export function field(label, control) {
  return element("label", { class: "field" }, element("span", {}, label), control);
}

/** A list of things to choose one of: [[value, words, language], ...]. */
export function choice(options, attributes = {}) {
  const nodes = options.map(([value, words, lang]) => element("option", { value, lang, dir: "auto" }, words));
  return element("select", attributes, ...nodes);
}
