// The pane "Bot API": every call of the journal, with its parameters and its result.

import { element } from "./text.js";
import { string } from "./strings.js";

const KEPT = 400;
const byId = (id) => document.getElementById(id);
const list = byId("calls-list");

/** Wire the pane's buttons; whether it is open and whether polling is shown is remembered by the browser. */
export function start() {
  const polling = byId("calls-polling");
  polling.checked = localStorage.getItem("polling") === "yes";
  list.classList.toggle("no-polling", !polling.checked);
  polling.addEventListener("change", () => {
    localStorage.setItem("polling", polling.checked ? "yes" : "no");
    list.classList.toggle("no-polling", !polling.checked);
  });
  byId("calls-toggle").addEventListener("click", () => open(byId("calls").hidden));
  byId("calls-close").addEventListener("click", () => open(false));
  byId("calls").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    open(false);
  });
  setOpen(localStorage.getItem("calls") === "open" && matchMedia("(min-width: 70rem)").matches);
}

function open(wanted) {
  setOpen(wanted);
  byId(wanted ? "calls-close" : "calls-toggle").focus();
}

function setOpen(wanted) {
  byId("calls").hidden = !wanted;
  byId("calls-toggle").setAttribute("aria-expanded", String(wanted));
  document.body.classList.toggle("with-calls", wanted);
  localStorage.setItem("calls", wanted ? "open" : "closed");
  if (wanted) list.scrollTop = list.scrollHeight;
}

export function reset(calls) {
  list.replaceChildren(...calls.slice(-KEPT).map(callNode));
  list.scrollTop = list.scrollHeight;
}

/** Add one call: {time, method, milliseconds, ok, code, parameters, result}. */
export function add(call) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  list.append(callNode(call));
  while (list.children.length > KEPT) list.firstChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function callNode(call) {
  const time = new Date(call.time * 1000).toLocaleTimeString("en-GB");
  const outcome = call.ok ? "ok" : `${string("error")} ${call.code ?? ""}`.trim();
  const line = element("summary", {});
  line.append(
    element("time", {}, time),
    element("strong", {}, call.method),
    element("span", { class: "duration" }, `${Number(call.milliseconds.toFixed(call.milliseconds < 10 ? 1 : 0))} ms`),
    element("span", { class: call.ok ? "good" : "bad" }, outcome),
  );
  const details = element("details", {}, line);
  // Large answers are written out only for those who look.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(part("parameters", call.parameters), part("result", call.result));
    }
  });
  return element("li", { class: call.method.toLowerCase() === "getupdates" ? "poll" : null }, details);
}

function part(name, value) {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return element("section", {}, element("h3", {}, string(name)), element("pre", { tabindex: "0" }, text));
}
