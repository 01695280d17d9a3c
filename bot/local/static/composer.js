// The entry: text, replies, edits, files, commands, inline queries, reply keyboards.

import * as menu from "./menu.js";
import { summary } from "./message.js";
import { element } from "./text.js";
import { string } from "./strings.js";
import { toggleMenu } from "./popup.js";

const byId = (id) => document.getElementById(id);
const form = byId("composer");
const box = byId("message");
const context = byId("context");
const stage = byId("conversation");
const MAXIMUM_HEIGHT = 180;
const SAMPLES = ["voice", "photo", "sticker", "location", "contact", "poll"];

let about = null;
let commands = [];
let handlers = {};

/**
 * `handlers`: `send(text, about)`, `attach(files, caption, about)`, `sample(kind)` (null where there are none) and
 * `lastOwn()`, where about is {kind, message} or null;
 * `inline(text, show)`, which says whether a text is an inline query and if so shows its results as menu items.
 */
export function start(given) {
  handlers = given;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener("input", changed);
  box.addEventListener("keydown", typed);
  box.addEventListener("blur", menu.close);
  box.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) event.preventDefault();
    attach([...event.clipboardData.files]);
  });
  byId("context-cancel").addEventListener("click", () => {
    cancel();
    box.focus();
  });
  byId("attach").addEventListener("click", () => toggleMenu(byId("attach"), attachments()));
  byId("file").addEventListener("change", (event) => {
    attach([...event.target.files]);
    event.target.value = "";
    box.focus();
  });
  const toggle = byId("commands-toggle");
  toggle.addEventListener("mousedown", (event) => event.preventDefault());
  toggle.addEventListener("click", () => {
    box.focus();
    if (menu.isOpen()) menu.close();
    else offer(commands);
  });
  acceptDrops();
}

export function focus() {
  box.focus();
}

/** What is typed and not sent yet, to be kept for this chat. */
export function unsent() {
  return about?.kind === "edit" ? { text: "", about: null } : { text: box.value, about };
}

export function restore(kept) {
  box.value = kept?.text ?? "";
  setAbout(kept?.about ?? null);
  menu.close();
  resize();
}

export function replyTo(message) {
  if (about?.kind === "edit") box.value = "";
  setAbout({ kind: "reply", message });
  box.focus();
}

export function edit(message) {
  setAbout({ kind: "edit", message });
  box.value = message.text;
  resize();
  box.focus();
}

/** The commands registered for this chat, person and language: [{command, description}]. */
export function setCommands(list) {
  commands = list;
  byId("commands-toggle").hidden = list.length === 0;
  if (box.value && document.activeElement === box) changed();
  else if (menu.isOpen() && list.length) offer(list);
  else menu.close();
}

/** A reply keyboard as rows of texts, or null. */
export function setKeyboard(keyboard) {
  const group = byId("reply-keyboard");
  group.hidden = !keyboard;
  box.placeholder = keyboard?.placeholder || string("message");
  const rows = (keyboard?.rows ?? []).map((row) => {
    const line = element("div", { class: "row" });
    for (const text of row) {
      const key = element("button", { type: "button", class: "key", dir: "auto" }, text);
      key.addEventListener("click", () => handlers.send(text, null));
      line.append(key);
    }
    return line;
  });
  group.replaceChildren(...rows);
}

function setAbout(value) {
  about = value;
  context.hidden = !value;
  if (!value) return;
  const editing = value.kind === "edit";
  byId("context-icon").setAttribute("href", editing ? "#icon-edit" : "#icon-reply");
  byId("context-title").textContent = editing ? string("editing") : string("reply_to", { name: value.message.sender.name });
  byId("context-text").textContent = summary(value.message);
}

function cancel() {
  if (about?.kind === "edit") box.value = "";
  setAbout(null);
  resize();
}

function take() {
  const text = box.value;
  box.value = "";
  setAbout(null);
  menu.close();
  resize();
  return text.trim();
}

function attachments() {
  const samples = !handlers.sample ? [] : SAMPLES.map((kind) => ({ label: string(kind === "photo" ? "picture" : `what_${kind}`), icon: kind, choose: () => handlers.sample(kind) }));
  return [{ label: string("files"), icon: "file", choose: () => byId("file").click() }, ...samples];
}

async function attach(files) {
  if (!files.length) return;
  const kept = { text: box.value, about };
  const sent = await handlers.attach(files, take(), kept.about);
  if (!sent && !box.value) restore(kept);
}

async function submit() {
  const kept = { text: box.value, about };
  const text = take();
  if (!text) {
    restore(kept);
    return;
  }
  const sent = await handlers.send(text, kept.about);
  if (!sent && !box.value) restore(kept);
}

function typed(event) {
  if (event.isComposing) return;
  if (menu.takesKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && about) {
    event.stopPropagation();
    cancel();
  } else if (event.key === "ArrowUp" && !box.value && !about) {
    const message = handlers.lastOwn();
    if (message) {
      event.preventDefault();
      edit(message);
    }
  }
}

function changed() {
  resize();
  if (handlers.inline(box.value, showResults)) return;
  const word = /^\/(\w*)$/.exec(box.value);
  const found = word ? commands.filter(({ command }) => command.startsWith(word[1].toLowerCase())) : [];
  if (found.length) offer(found);
  else menu.close();
}

function showResults(items) {
  if (items.length) menu.open(items, string("results"));
  else menu.close();
}

function resize() {
  // An empty box would take its direction from nothing, and its placeholder with it.
  box.dir = box.value ? "auto" : document.documentElement.dir;
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, MAXIMUM_HEIGHT)}px`;
}

function offer(list) {
  const items = list.map(({ command, description }) => {
    return { title: `/${command}`, detail: description, code: true, choose: () => put(`/${command} `) };
  });
  menu.open(items, string("commands"));
}

/** Put a text into the entry, as if it had been typed. */
export function put(text) {
  box.value = text;
  box.focus();
  changed();
}

function acceptDrops() {
  const veil = byId("drop");
  let depth = 0;
  const carries = (event) => event.dataTransfer.types.includes("Files");
  const leave = () => {
    depth = 0;
    veil.hidden = true;
  };
  stage.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  stage.addEventListener("dragleave", () => {
    depth -= 1;
    if (depth <= 0) leave();
  });
  stage.addEventListener("dragover", (event) => {
    if (carries(event)) event.preventDefault();
  });
  stage.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    leave();
    attach([...event.dataTransfer.files]);
  });
}
