// One message as a node: bubble, reply, text, document, keyboard, service line.

import { directionOf, element, formatted, icon, link } from "./text.js";
import { clock, fileSize, string } from "./strings.js";
import { toggleMenu } from "./popup.js";

const TONES = 7;

/** A round picture: the bot's own mark, a group's, or a person's first letter. */
export function avatar(subject) {
  const tone = subject.bot ? "bot" : toneOf(subject.id);
  const node = element("span", { class: `avatar tone-${tone}`, "aria-hidden": "true" });
  if (subject.bot) node.append(icon("quote"));
  else if (subject.group) node.append(icon("group"));
  else node.append([...subject.name][0] ?? "?");
  return node;
}

// Ids of people and of chats (with a topic after a full stop) alike give one of the colours.
function toneOf(id) {
  return Math.trunc(Math.abs(Number(id))) % TONES;
}

/** What a message says, in one line, for the list of chats and for replies. */
export function summary(message) {
  if (message.service) return serviceText(message);
  const text = message.text.replace(/\s+/g, " ").trim();
  if (message.what) return string(`what_${message.what}`);
  if (message.document) return text ? `${message.document.name} · ${text}` : message.document.name;
  return text || string("other");
}

export function serviceText({ service, sender }) {
  const name = service.name ?? sender?.name ?? "";
  return string(service.kind, { name });
}

/**
 * The node of a message as `viewer.person` sees it. `viewer.actions` has, beside those of the text, `press(message,
 * button, data)`, `inline(query)`, `reply(message)`, `edit(message)`, `forward(message)`, `take(message)`, `show(id)`,
 * `refuse(sentence)`; `viewer.file(id)` is an address.
 */
export function messageNode(message, viewer) {
  if (message.service) {
    return element("div", { class: "service", id: `message-${message.id}` }, element("span", { dir: "auto" }, serviceText(message)));
  }
  const own = message.sender.id === viewer.person.id;
  const node = element("article", {
    id: `message-${message.id}`,
    class: `message ${own ? "own" : "other"}`,
    "data-id": message.id,
    "aria-label": `${message.sender.name}, ${clock(message.date)}`,
    tabindex: "-1",
  });
  const bubble = element("div", { class: "bubble" });
  if (!own && viewer.group) {
    const tone = message.sender.bot ? "bot" : toneOf(message.sender.id);
    bubble.append(element("p", { class: `sender ink-${tone}`, dir: "auto" }, message.sender.name));
  }
  if (message.via) bubble.append(element("p", { class: "via" }, string("via", { name: `@${message.via}` })));
  if (message.forwarded) bubble.append(element("p", { class: "via" }, string("forwarded", { name: message.forwarded })));
  if (message.reply) bubble.append(replyNode(message.reply, viewer.actions));
  if (message.what) bubble.append(sampleNode(message.what));
  else if (message.document) bubble.append(documentNode(message.document, viewer));
  if (message.text) {
    const text = element("div", { class: "text" });
    text.append(formatted(message.text, message.entities, viewer.actions));
    bubble.append(text);
  }
  const meta = metaNode(message);
  leaveRoom(bubble.querySelector(".text"), meta.textContent);
  bubble.append(meta);
  const column = element("div", { class: "column" }, bubble);
  const rows = message.keyboard?.inline;
  if (rows?.length) column.append(keyboardNode(message, rows, viewer.actions));
  node.append(...(viewer.group && !own ? [avatar(message.sender)] : []), column, toolsNode(message, own, viewer.actions));
  return node;
}

// The time stands at the end of the last line, where that is a line and runs the page's way.
function leaveRoom(text, stamp) {
  const last = text?.lastElementChild;
  if (!last?.classList.contains("line") || directionOf(last.textContent) !== document.documentElement.dir) return;
  last.classList.add("stamp");
  last.dataset.stamp = stamp;
}

function metaNode(message) {
  const time = element("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date));
  return element("p", { class: "meta" }, ...(message.edited ? [element("span", {}, string("edited")), " "] : []), time);
}

function replyNode(reply, actions) {
  const node = element("button", { type: "button", class: "reply", dir: directionOf(reply.text) });
  node.append(element("strong", { dir: "auto" }, reply.name || string("deleted")));
  node.append(element("span", { dir: "auto" }, reply.text.replace(/\s+/g, " ")));
  node.addEventListener("click", () => actions.show(reply.id));
  return node;
}

// A picture is shown as it is, and opens whole in a page of its own.
function pictureNode(file, viewer) {
  const address = viewer.file(file.id);
  const { width, height } = file.picture;
  const node = element("a", { class: "picture", href: address, target: "_blank", rel: "noopener" });
  node.append(element("img", { src: address, alt: string("picture"), width, height, loading: "lazy" }));
  return node;
}

function documentNode(file, viewer) {
  if (file.picture) return pictureNode(file, viewer);
  const size = fileSize(file.size);
  const node = element("a", {
    class: "document",
    href: viewer.file(file.id),
    download: file.name,
    "aria-label": string("download", { name: file.name, size }),
  });
  const extension = /\.([A-Za-z0-9]{1,4})$/.exec(file.name)?.[1];
  const badge = element("span", { class: "kind", "aria-hidden": "true" }, extension ? extension.toUpperCase() : icon("file"));
  const name = element("strong", { dir: "auto" }, file.name);
  node.append(badge, element("span", { class: "file" }, name, element("small", {}, size)));
  return node;
}

function sampleNode(kind) {
  return element("p", { class: "sample" }, icon(kind), element("span", {}, string(`what_${kind}`)));
}

function keyboardNode(message, rows, actions) {
  const keyboard = element("div", { class: "keyboard" });
  for (const row of rows) {
    const line = element("div", { class: "row" });
    for (const button of row) line.append(buttonNode(message, button, actions));
    keyboard.append(line);
  }
  return keyboard;
}

function buttonNode(message, button, actions) {
  const label = element("span", { dir: "auto" }, button.text);
  if (button.url) {
    const anchor = link(button.url, actions, { class: "key" });
    anchor.append(label);
    if (anchor.target === "_blank") anchor.append(icon("link"));
    return anchor;
  }
  const node = element("button", { type: "button", class: "key" }, label);
  if (button.data != null) node.addEventListener("click", () => actions.press(message, node, button.data));
  else if (button.copy != null) node.addEventListener("click", () => actions.copy(button.copy));
  else if (button.inline != null) node.addEventListener("click", () => actions.inline(button.inline));
  else node.addEventListener("click", () => actions.refuse(string("unsupported")));
  return node;
}

function toolsNode(message, own, actions) {
  const tools = element("div", { class: "tools" });
  const add = (name, picture) => {
    const node = element("button", { type: "button", class: "tool", "aria-label": string(name), title: string(name) }, icon(picture));
    tools.append(node);
    return node;
  };
  add("reply", "reply").addEventListener("click", () => actions.reply(message));
  const items = [];
  const item = (name, action) => items.push({ label: string(name), icon: name, choose: () => action(message) });
  if (own && !message.what && !message.forwarded) item("edit", actions.edit);
  if (!message.protected) item("forward", actions.forward);
  if (own) item("take", actions.take);
  if (!items.length) return tools;
  const more = add("more", "more");
  more.setAttribute("aria-haspopup", "menu");
  more.setAttribute("aria-expanded", "false");
  more.addEventListener("click", () => toggleMenu(more, items));
  return tools;
}
