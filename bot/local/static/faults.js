// What is to go wrong: planned faults of the Bot API, and what happens to the chat that is open.

import * as api from "./api.js";
import { attempt } from "./notices.js";
import { element } from "./text.js";
import { string } from "./strings.js";

const byId = (id) => document.getElementById(id);
let handlers = {};

/** `handlers`: `refresh()` reads the state anew, `go(person, chat)` opens a chat. */
export function start(given) {
  handlers = given;
  byId("faults-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const fault = { fault: byId("fault-kind").value, method: byId("fault-method").value };
    const numbers = { times: byId("fault-times").valueAsNumber, seconds: byId("fault-seconds").valueAsNumber };
    show(await attempt(() => api.post("faults", { ...fault, ...numbers })));
  });
  byId("faults-clear").addEventListener("click", async () => {
    show(await attempt(() => api.post("faults/clear", {})));
    byId("fault-kind").focus();
  });
  byId("fault-kind").addEventListener("change", secondsMatter);
  secondsMatter();
}

/** Read what is still planned; called after every call that met a fault, too. */
export async function reload() {
  show(await attempt(() => api.get("faults")));
}

function secondsMatter() {
  byId("fault-seconds").disabled = byId("fault-kind").value !== "flood";
}

function show(answer) {
  if (!answer) return;
  const total = answer.planned.reduce((sum, one) => sum + one.times, 0);
  byId("faults-count").textContent = String(total);
  byId("faults-count").hidden = total === 0;
  byId("faults-none").hidden = total > 0;
  byId("faults-clear").hidden = total === 0;
  byId("faults-list").replaceChildren(...answer.planned.map(plannedNode));
}

function plannedNode({ method, fault, seconds, times }) {
  const name = method === "any send" ? string("any_send") : method;
  const words = seconds === null ? string(`fault_${fault}`) : string("fault_flood_after", { seconds });
  return element("li", {}, element("strong", { dir: "auto" }, `${times} × ${name}`), element("span", { dir: "auto" }, words));
}

/** What can befall the chat that is open: `place` is {person, chat, bot}, the chat null where none is open. */
export function setPlace({ person, chat, bot }) {
  const acts = [];
  const add = (label, path, body, then = () => {}) => acts.push({ label, path, body, then });
  if (chat && !chat.group) {
    add(string(person.blocked ? "unblock" : "block"), "block", { person: person.id, blocked: !person.blocked });
  }
  if (chat?.group && chat.admins.includes(person.id)) {
    const place = { person: person.id, chat: chat.id };
    if (chat.members.includes(bot.id)) {
      add(string("remove_bot"), "member", { ...place, member: bot.id, act: "remove" });
    } else {
      add(string("add_bot"), "member", { ...place, member: bot.id, act: "add" });
    }
    if (chat.kind === "group") add(string("to_supergroup"), "migrate", place, ({ id }) => handlers.go(person.id, id));
    if (chat.id.includes(".")) {
      add(string("delete_topic"), "topic/delete", place, () => handlers.go(person.id, chat.id.split(".")[0]));
    }
  }
  const group = byId("faults-chat");
  const focused = group.contains(document.activeElement);
  group.replaceChildren(...acts.map(actNode));
  if (focused) (group.querySelector("button") ?? byId("fault-kind")).focus();
}

function actNode({ label, path, body, then }) {
  const button = element("button", { type: "button", class: "quiet" }, label);
  button.addEventListener("click", async () => {
    const answer = await attempt(() => api.post(path, body));
    if (!answer) return;
    await attempt(handlers.refresh);
    then(answer);
  });
  return button;
}
