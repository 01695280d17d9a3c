// Who one is, and the list of chats.

import { avatar, summary } from "./message.js";
import { element } from "./text.js";
import { LANGUAGES, clock, dayName, dayOf, languageName, string } from "./strings.js";

const people = document.querySelector("#people-list");
const list = document.querySelector("#chat-list");
const tongue = document.querySelector("#language");
let drawn = new Map(); // chat id -> {version, node}

/**
 * The people one can be, as radio buttons: `choose(id)` is called when another is taken, and `speak(language)` when
 * the one chosen is to have Telegram in another language.
 */
export function drawPeople(all, current, { choose, speak }) {
  if (people.children.length !== all.length) people.replaceChildren(...all.map((person) => personNode(person, choose)));
  if (!tongue.length) {
    for (const code of LANGUAGES) {
      tongue.append(element("option", { value: code, lang: code }, languageName(code)));
    }
    tongue.addEventListener("change", () => speak(tongue.value));
  }
  checkPerson(current);
}

function personNode(person, choose) {
  const input = element("input", { type: "radio", name: "person", value: person.id });
  input.addEventListener("change", () => choose(person.id));
  return element("label", {}, input, avatar(person), element("span", { dir: "auto" }, person.name));
}

export function checkPerson(current) {
  for (const input of people.querySelectorAll("input")) input.checked = Number(input.value) === current.id;
  tongue.value = current.language ?? "en";
}

/** The chats as rows: [{chat, last, unread, writing}]; `open(id)` is called when one is chosen. */
export function drawChats(rows, current, open) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.chat : null;
  const fresh = new Map();
  for (const row of rows) {
    const version = JSON.stringify([row, row.chat.id === current]);
    const old = drawn.get(row.chat.id);
    fresh.set(row.chat.id, old?.version === version ? old : { version, node: chatNode(row, current, open) });
  }
  const nodes = [...fresh.values()].map(({ node }) => node);
  if (nodes.length !== list.children.length || nodes.some((node, index) => list.children[index] !== node)) {
    list.replaceChildren(...nodes);
  }
  drawn = fresh;
  if (focused) list.querySelector(`[data-chat="${CSS.escape(focused)}"]`)?.focus();
}

function chatNode({ chat, last, unread, writing }, current, open) {
  const button = element("button", { type: "button", class: "chat", "data-chat": chat.id, "aria-current": chat.id === current ? "true" : null });
  const title = element("span", { class: "title" }, element("strong", { dir: "auto" }, chat.title));
  if (last) title.append(element("time", {}, moment(last.date)));
  const preview = element("span", { class: "preview" }, element("span", { dir: "auto", class: writing ? "writing" : null }, writing || (last ? said(chat, last) : string("no_messages"))));
  if (unread) {
    preview.append(element("span", { class: "badge", "aria-hidden": "true" }, String(unread)));
    preview.append(element("span", { class: "visually-hidden" }, string("unread", { count: unread })));
  }
  button.append(avatar(chat.group ? chat : { bot: true }), element("span", { class: "chat-text" }, title, preview));
  button.addEventListener("click", () => open(chat.id));
  return element("li", {}, button);
}

function said(chat, message) {
  const text = summary(message);
  return chat.group && !message.service ? `\u2068${message.sender.name}\u2069: ${text}` : text;
}

function moment(seconds) {
  return dayOf(seconds) === dayOf(Date.now() / 1000) ? clock(seconds) : dayName(seconds);
}

list.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const buttons = [...list.querySelectorAll("button")];
  const next = buttons.indexOf(document.activeElement) + step;
  buttons[Math.max(0, Math.min(buttons.length - 1, next))].focus();
});
