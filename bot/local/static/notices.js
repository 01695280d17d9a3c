// What is said about the chat rather than in it: toasts, alerts, refusals.

import { Refusal } from "./api.js";
import { element } from "./text.js";

const SECONDS_SHOWN = 6;
const toasts = document.querySelector("#toasts");

export function toast(sentence, { bad = false } = {}) {
  const node = element("div", { class: bad ? "toast bad" : "toast", role: bad ? "alert" : null }, element("p", { dir: "auto" }, sentence));
  node.addEventListener("click", () => node.remove());
  // A window lies over everything else, also over what is said about what was done in it.
  (document.querySelector(".sheet[open] .content") ?? toasts).append(node);
  while (toasts.children.length > 3) toasts.firstChild.remove();
  setTimeout(() => node.remove(), SECONDS_SHOWN * 1000);
  return node;
}

/** The window a bot opens with an answer that must be read. */
export function alert(sentence) {
  document.querySelector("#alert-text").textContent = sentence;
  document.querySelector("#alert").showModal();
}

/** Run a request; what the server refuses is shown, and gives null. */
export async function attempt(request) {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof TypeError)) throw error;
    toast(error.message, { bad: true });
    return null;
  }
}
