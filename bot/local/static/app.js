// The page's state and its events: who one is, which chat is open, what has been read.

import * as api from "./api.js";
import * as calls from "./calls.js";
import * as composer from "./composer.js";
import * as inline from "./inline.js";
import * as log from "./log.js";
import * as presence from "./presence.js";
import * as presses from "./presses.js";
import * as sidebar from "./sidebar.js";
import { alert, attempt, toast } from "./notices.js";
import { avatar } from "./message.js";
import { element } from "./text.js";
import { loadStrings, string } from "./strings.js";

const TITLE = document.title;
const SETTLE_MILLISECONDS = 120; // a starting bot changes its menu many times at once
const byId = (id) => document.getElementById(id);

let epoch = null;
let bot = null;
let people = [];
let chats = new Map();
let person = null;
let chat = null;
const histories = new Map(); // chat id -> {messages, earlier}
const readings = new Map(); // "person:chat" -> {unread, after}; after is the last id read, kept for the line
const unsent = new Map(); // "person:chat" -> what the composer kept

const actions = {
  command: (text) => send(text, null),
  copy: (text) =>
    navigator.clipboard.writeText(text).then(
      () => toast(string("copied")),
      (error) => toast(error.message, { bad: true }),
    ),
  start: startPayload,
  open: (payload) => {
    openChat(String(person.id));
    send(payload ? `/start ${payload}` : "/start", null);
  },
  press: (message, button, data) => presses.press({ person: person.id, chat: chat.id }, message, button, data),
  inline: (query) => composer.put(`@${bot.username} ${query}`),
  reply: composer.replyTo,
  edit: composer.edit,
  show: (id) => log.show(id),
  refuse: (sentence) => toast(sentence, { bad: true }),
};

/** The payload of a deep link to this bot ("" where there is none), or null for any other address. */
function startPayload(address) {
  if (!URL.canParse(address)) return null;
  const { protocol, host, pathname, searchParams } = new URL(address);
  const web = ["http:", "https:"].includes(protocol) && ["t.me", "telegram.me"].includes(host);
  const own = protocol === "tg:" && (host || pathname.replace(/^\/+/, "")) === "resolve";
  const name = web ? pathname.slice(1) : own ? searchParams.get("domain") : null;
  if (!name || name.toLowerCase() !== bot.username.toLowerCase()) return null;
  return searchParams.get("start") ?? "";
}

const key = (personId, chatId) => `${personId}:${chatId}`;
const chatsOf = (personId) => [...chats.values()].filter((one) => one.members.includes(personId));
const watching = () => document.visibilityState === "visible" && document.body.dataset.view !== "chats";

function readingOf(personId, chatId) {
  const name = key(personId, chatId);
  if (!readings.has(name)) readings.set(name, { unread: 0, after: null });
  return readings.get(name);
}

async function load() {
  const state = await api.get("state");
  // Another server answers at this address: nothing known here holds any more.
  if (epoch && epoch !== state.epoch) location.reload();
  epoch = state.epoch;
  bot = { ...state.bot, bot: true };
  people = state.people;
  chats = new Map(state.chats.map((one) => [one.id, one]));
  await Promise.all(state.chats.map((one) => loadHistory(one.id)));
  person = people.find(({ id }) => id === person?.id) ?? people[0];
  sidebar.drawPeople(people, person, {
    choose: (id) => go(id, chat?.group && chat.members.includes(id) ? chat.id : chat && String(id)),
    speak: (language) => attempt(() => api.post("language", { person: person.id, language })),
  });
}

async function loadHistory(chatId) {
  const member = people.find(({ id }) => chats.get(chatId).members.includes(id));
  if (!member) return;
  const fetched = await api.get("history", { person: member.id, chat: chatId });
  const old = histories.get(chatId) ?? { messages: [], earlier: fetched.earlier };
  const known = new Map(old.messages.map((message) => [message.id, message]));
  // A message that did not change stays the same object, and so stays as it is drawn, opened quotations and all.
  const same = (message) => JSON.stringify(known.get(message.id)) === JSON.stringify(message);
  const messages = fetched.messages.map((message) => (same(message) ? known.get(message.id) : message));
  // Pages fetched before are older than this one; what came by an event while it was on its way is newer.
  const first = messages[0]?.id ?? Infinity;
  const last = messages.at(-1)?.id ?? 0;
  const older = fetched.earlier ? old.messages.filter(({ id }) => id < first) : [];
  const newer = old.messages.filter(({ id }) => id > last);
  const earlier = older.length ? old.earlier : fetched.earlier;
  histories.set(chatId, { messages: [...older, ...messages, ...newer], earlier });
}

// The address names the person and the chat, so that a reload and the browser's "back" keep the place.
function go(personId, chatId) {
  const wanted = chatId == null ? `#${personId}` : `#${personId}/${chatId}`;
  if (location.hash === wanted) route();
  else location.hash = wanted;
}

function openChat(chatId) {
  go(person.id, chatId);
  route();
}

function route() {
  const [personId, chatId] = location.hash.slice(1).split("/");
  const nextPerson = people.find(({ id }) => String(id) === personId) ?? people[0];
  const narrow = matchMedia("(max-width: 45rem)").matches;
  const named = chatsOf(nextPerson.id).find(({ id }) => id === chatId);
  const nextChat = named ?? (narrow ? null : chatsOf(nextPerson.id)[0]) ?? null;
  document.body.dataset.view = nextChat ? "chat" : "chats";
  if (nextPerson.id === person.id && nextChat?.id === chat?.id) {
    drawSidebar();
    return;
  }
  if (chat) unsent.set(key(person.id, chat.id), composer.unsent());
  // What was typed before the first chat was there is for that chat.
  else if (nextChat && !unsent.size) unsent.set(key(nextPerson.id, nextChat.id), composer.unsent());
  if (chat) readingOf(person.id, chat.id).after = null;
  person = nextPerson;
  chat = nextChat;
  sidebar.checkPerson(person);
  showChat();
}

function showChat() {
  log.clear();
  drawSidebar();
  if (!chat) return;
  drawHeader();
  drawLog();
  log.toUnread();
  read();
  composer.restore(unsent.get(key(person.id, chat.id)));
  loadCommands();
  if (matchMedia("(hover: hover)").matches) composer.focus();
}

function drawSidebar() {
  const rows = chatsOf(person.id).map((one) => ({
    chat: one,
    last: histories.get(one.id)?.messages.at(-1),
    unread: readingOf(person.id, one.id).unread,
    writing: presence.sentence(one.id),
  }));
  sidebar.drawChats(rows, chat?.id, openChat);
  const total = rows.reduce((sum, row) => sum + row.unread, 0);
  document.title = total ? `(${total}) ${TITLE}` : TITLE;
}

function drawHeader() {
  byId("chat-title").textContent = chat.title;
  byId("chat-avatar").replaceChildren(avatar(chat.group ? chat : bot));
  const writing = presence.sentence(chat.id);
  const still = chat.group ? string("group", { count: chat.members.length }) : string("bot");
  byId("chat-status").textContent = writing ?? still;
  byId("chat-status").classList.toggle("writing", Boolean(writing));
}

function drawLog() {
  const { messages, earlier } = histories.get(chat.id);
  const file = (id) => api.fileAddress(person.id, chat.id, id);
  const conversation = {
    messages,
    unreadAfter: readingOf(person.id, chat.id).after,
    draft: presence.draft(chat.id),
    earlier: earlier ? earlierOf(chat.id) : null,
    empty: { version: emptyWords(), make: emptyNode },
  };
  log.draw(conversation, { person, group: chat.group, actions, file });
  composer.setKeyboard(replyKeyboard(messages));
}

let refreshing = 0;
const earlierFetchers = new Map();

function earlierOf(chatId) {
  if (!earlierFetchers.has(chatId)) {
    earlierFetchers.set(chatId, async () => {
      const history = histories.get(chatId);
      const older = await attempt(() => api.get("history", { person: person.id, chat: chatId, before: history.messages[0].id }));
      if (!older) return;
      history.messages.unshift(...older.messages);
      history.earlier = older.earlier;
      if (chat?.id === chatId) drawLog();
    });
  }
  return earlierFetchers.get(chatId);
}

function emptyWords() {
  return chat.group ? "" : people.find(({ id }) => id === person.id).description;
}

function emptyNode() {
  const node = element("div", { class: "empty" }, avatar(chat.group ? chat : bot));
  if (chat.group) {
    node.append(element("p", {}, string("no_messages")));
    return node;
  }
  const description = emptyWords();
  if (description) {
    node.append(element("h3", {}, string("what")));
    node.append(...description.split("\n").map((line) => element("p", { dir: "auto" }, line)));
  } else {
    node.append(element("p", {}, string("no_messages")));
  }
  const button = element("button", { type: "button", class: "primary" }, string("start"));
  button.addEventListener("click", () => send("/start", null));
  node.append(button);
  return node;
}

// The newest word about a reply keyboard in this chat is the one in force.
function replyKeyboard(messages) {
  const last = messages.findLast(({ keyboard }) => keyboard?.reply || keyboard?.remove);
  if (!last?.keyboard.reply) return null;
  const used = last.keyboard.once && messages.some(({ id, sender }) => id > last.id && sender?.id === person.id);
  return used ? null : { rows: last.keyboard.reply, placeholder: last.keyboard.placeholder };
}

async function loadCommands() {
  const { id: personId } = person;
  const { id: chatId } = chat;
  const found = await attempt(() => api.get("commands", { person: personId, chat: chatId }));
  if (found && personId === person.id && chatId === chat?.id) composer.setCommands(found.commands);
}

async function send(text, about) {
  if (!chat) return false;
  const base = { person: person.id, chat: chat.id, text };
  const request = about?.kind === "edit"
    ? () => api.post("edit", { ...base, message: about.message.id })
    : () => api.post("send", { ...base, reply_to: about?.message.id ?? null });
  return (await attempt(request)) !== null;
}

async function attach(file, caption) {
  const note = toast(string("sending", { name: file.name }));
  await attempt(() => api.upload({ person: person.id, chat: chat.id, name: file.name, caption }, file));
  note.remove();
}

// "@bot words" asks the bot from any chat; its results are offered above the entry.
function askInline(text, show) {
  const [, name, query] = /^@(\w+)\s(.*)$/s.exec(text) ?? [];
  if (name?.toLowerCase() !== bot.username.toLowerCase()) {
    inline.stop();
    return false;
  }
  inline.ask({ person: person.id, chat: chat.id }, query, (items) => show(items), {
    taken: () => composer.restore(null),
    start: actions.open,
  });
  return true;
}

function read() {
  if (!chat || !watching()) return;
  const reading = readingOf(person.id, chat.id);
  if (!reading.unread) return;
  reading.unread = 0;
  drawSidebar();
}

const events = {
  message({ chat: chatId, message }) {
    const history = histories.get(chatId);
    if (!history || history.messages.some(({ id }) => id === message.id)) return;
    const before = history.messages.at(-1)?.id ?? 0;
    history.messages = [...history.messages, message].sort((a, b) => a.id - b.id);
    if (message.sender?.bot) presence.quiet(chatId);
    const open = chat?.id === chatId;
    const own = message.sender?.id === person.id;
    const seen = open && watching() && (log.atEnd() || own);
    for (const { id } of people) {
      if (!chats.get(chatId).members.includes(id) || message.sender?.id === id || (id === person.id && seen)) continue;
      const reading = readingOf(id, chatId);
      if (!reading.unread) reading.after = before;
      reading.unread += 1;
    }
    if (open) {
      drawLog();
      if (own) log.toEnd();
      else if (!seen) log.oneBelow();
      if (message.keyboard?.force) composer.replyTo(message);
    }
    drawSidebar();
  },
  edited({ chat: chatId, message }) {
    const history = histories.get(chatId);
    const place = history?.messages.findIndex(({ id }) => id === message.id) ?? -1;
    if (place < 0) return;
    history.messages[place] = message;
    if (chat?.id === chatId) drawLog();
    drawSidebar();
  },
  deleted({ chat: chatId, ids }) {
    const history = histories.get(chatId);
    if (!history) return;
    history.messages = history.messages.filter(({ id }) => !ids.includes(id));
    if (chat?.id === chatId) drawLog();
    drawSidebar();
  },
  answer({ id, person: personId, text, alert: urgent, url }) {
    presses.answered(id);
    if (personId !== person.id) return;
    const payload = url ? startPayload(url) : null;
    if (payload !== null) actions.open(payload);
    else if (text && urgent) alert(text);
    else if (text) toast(text);
  },
  inline: inline.answered,
  action: ({ chat: chatId, action }) => presence.act(bot, chatId, action),
  draft: ({ chat: chatId, text, entities }) => presence.drafting(bot, chatId, { text, entities }),
  call({ call }) {
    calls.add(call);
  },
  changed() {
    clearTimeout(refreshing);
    refreshing = setTimeout(() => attempt(refresh), SETTLE_MILLISECONDS);
  },
};

function presenceChanged(chatId) {
  drawSidebar();
  if (chat?.id !== chatId) return;
  drawHeader();
  drawLog();
}

async function refresh() {
  await load();
  const still = chat && chats.get(chat.id);
  chat = still?.members.includes(person.id) ? still : null;
  drawSidebar();
  if (!chat) {
    route();
    return;
  }
  drawHeader();
  drawLog();
  loadCommands();
}

function connection(sentence) {
  if (byId("connection").textContent === sentence) return;
  byId("connection").textContent = sentence;
  byId("connection").hidden = !sentence;
}

async function main() {
  await loadStrings();
  await load();
  calls.start();
  presence.start(presenceChanged);
  log.watchScroll(read);
  composer.start({
    send,
    attach,
    inline: askInline,
    lastOwn: () => histories.get(chat?.id)?.messages.findLast(({ sender, document }) => sender?.id === person.id && !document),
  });
  byId("back").addEventListener("click", () => go(person.id, null));
  addEventListener("hashchange", route);
  addEventListener("visibilitychange", () => log.atEnd() && read());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]") && chat) composer.focus();
  });
  route();
  drawSidebar();
  api.follow({
    opened: async () => {
      connection("");
      await attempt(refresh);
      await attempt(async () => calls.reset((await api.get("journal")).calls));
      document.body.classList.add("ready");
    },
    lost: () => connection(string("lost")),
    event: (event) => events[event.kind]?.(event),
  });
}

main();
