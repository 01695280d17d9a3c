// The page's state and its events: who one is, which chat is open, what has been read.

import * as api from "./api.js";
import * as calls from "./calls.js";
import * as composer from "./composer.js";
import * as conversation from "./conversation.js";
import * as faults from "./faults.js";
import * as groups from "./groups.js";
import * as histories from "./histories.js";
import * as inline from "./inline.js";
import * as log from "./log.js";
import * as presence from "./presence.js";
import * as presses from "./presses.js";
import * as sending from "./sending.js";
import * as sidebar from "./sidebar.js";
import { alert, attempt, toast } from "./notices.js";
import { chooseChat } from "./forwarding.js";
import { historyOf, readingOf } from "./histories.js";
import { loadStrings, string } from "./strings.js";
import { startPayload } from "./links.js";
import { startTheme } from "./theme.js";

const TITLE = document.title;
const SETTLE_MILLISECONDS = 120; // a starting bot changes its menu many times at once
const byId = (id) => document.getElementById(id);

let epoch = null;
let bot = null;
let people = [];
let chats = new Map();
let person = null;
let chat = null;
let demonstration = false;
let refreshing = 0;
const unsent = new Map(); // "person:chat" -> what the composer kept

const actions = {
  command: (text) => send(text, null),
  copy: (text) =>
    navigator.clipboard.writeText(text).then(
      () => toast(string("copied")),
      (error) => toast(error.message, { bad: true }),
    ),
  start: (address) => startPayload(address, bot.username),
  begin: () => send("/start", null),
  open: (payload) => {
    openChat(String(person.id));
    send(payload ? `/start ${payload}` : "/start", null);
  },
  press: (message, button, data) => presses.press(here(), message, button, data),
  inline: (query) => composer.put(`@${bot.username} ${query}`),
  reply: composer.replyTo,
  edit: composer.edit,
  forward: (message) => chooseChat(chatsOf(person.id), (target) => forward(message, target)),
  take: (message) => sending.take(here(), message.id),
  show: (id) => log.show(id),
  refuse: (sentence) => toast(sentence, { bad: true }),
};

/** Who and what the page is about, as it stands. */
const room = () => ({ people, chats, person, chat, bot, demonstration });
const key = (personId, chatId) => `${personId}:${chatId}`;
const chatsOf = (personId) => [...chats.values()].filter((one) => one.members.includes(personId));
const watching = () => document.visibilityState === "visible" && document.body.dataset.view !== "chats";

async function load() {
  const state = await api.get("state");
  // Another server answers at this address: nothing known here holds any more.
  if (epoch && epoch !== state.epoch) location.reload();
  epoch = state.epoch;
  demonstration = state.demonstration;
  for (const node of document.querySelectorAll("[data-demonstration]")) node.hidden = !demonstration;
  for (const node of document.querySelectorAll("[data-closed]")) node.hidden = demonstration;
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
  if (member) await histories.loadHistory(member.id, chatId);
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
  // Where the list of chats is all there is, it is the page's main part.
  byId("sidebar").role = narrow && !nextChat ? "main" : null;
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
  faults.setPlace({ person, chat, bot });
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
    last: histories.lastOf(one.id),
    unread: readingOf(person.id, one.id).unread,
    writing: presence.sentence(one.id),
  }));
  sidebar.drawChats(rows, chat?.id, openChat);
  const total = rows.reduce((sum, row) => sum + row.unread, 0);
  document.title = total ? `(${total}) ${TITLE}` : TITLE;
}

const drawHeader = () => conversation.drawHeader(room());
const drawLog = () => conversation.drawLog(room(), actions, (chatId) => chat?.id === chatId && drawLog());

async function loadCommands() {
  const { id: personId } = person;
  const { id: chatId } = chat;
  const found = await attempt(() => api.get("commands", { person: personId, chat: chatId }));
  if (found && personId === person.id && chatId === chat?.id) composer.setCommands(found.commands);
}

const here = () => ({ person: person.id, chat: chat.id });
const send = async (text, about) => chat !== null && sending.send(here(), text, about);

async function forward(message, target) {
  if (await sending.forward(here(), message.id, target.id)) openChat(target.id);
}

// "@bot words" asks the bot from any chat; its results are offered above the entry.
function askInline(text, show) {
  const [, name, query] = /^@(\w+)\s(.*)$/s.exec(text) ?? [];
  if (name?.toLowerCase() !== bot.username.toLowerCase()) {
    inline.stop();
    return false;
  }
  inline.ask(here(), query, (items) => show(items), {
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
    const before = histories.addMessage(chatId, message);
    if (before === null) return;
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
    if (!histories.changeMessage(chatId, message)) return;
    if (chat?.id === chatId) drawLog();
    drawSidebar();
  },
  deleted({ chat: chatId, ids }) {
    histories.removeMessages(chatId, ids);
    if (chat?.id === chatId) drawLog();
    drawSidebar();
  },
  answer({ id, person: personId, text, alert: urgent, url }) {
    presses.answered(id);
    if (personId !== person.id) return;
    const payload = url ? actions.start(url) : null;
    if (payload !== null) actions.open(payload);
    else if (text && urgent) alert(text);
    else if (text) toast(text);
  },
  inline: inline.answered,
  action: ({ chat: chatId, action }) => presence.act(bot, chatId, action),
  draft: ({ chat: chatId, text, entities }) => presence.drafting(bot, chatId, { text, entities }),
  call({ call }) {
    calls.add(call);
    if (call.fault) faults.reload();
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
  faults.setPlace({ person, chat, bot });
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
  startTheme();
  await loadStrings();
  await load();
  calls.start();
  presence.start(presenceChanged);
  log.watchScroll(read);
  composer.start({
    send,
    attach: (files, caption, about) => sending.attach(here(), files, caption, about),
    sample: demonstration ? (kind) => sending.sample(here(), kind) : null,
    inline: askInline,
    lastOwn: () => historyOf(chat?.id)?.messages.findLast(({ sender, service, document, what }) => sender?.id === person.id && !service && !document && !what),
  });
  groups.start({ state: room, refresh, go });
  faults.start({ refresh, go });
  byId("back").addEventListener("click", () => go(person.id, null));
  byId("log-out").addEventListener("click", () => attempt(api.logOut));
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
      if (demonstration) await Promise.all([attempt(async () => calls.reset((await api.get("journal")).calls)), faults.reload()]);
      document.body.classList.add("ready");
    },
    lost: () => connection(string("lost")),
    event: (event) => events[event.kind]?.(event),
  });
}

main();
