// How the open chat is drawn: its header, its messages, and the keyboard that the bot offers for answers.

import * as api from "./api.js";
import * as composer from "./composer.js";
import * as log from "./log.js";
import * as presence from "./presence.js";
import { attempt } from "./notices.js";
import { avatar } from "./message.js";
import { greeting } from "./greeting.js";
import { historyOf, loadEarlier, readingOf } from "./histories.js";
import { string } from "./strings.js";

const byId = (id) => document.getElementById(id);
const fetchers = new Map(); // "person:chat" -> what fetches earlier messages, one and the same as long as the page is open

export function drawHeader({ chat, bot, person, demonstration }) {
  byId("chat-title").textContent = chat.title;
  byId("group-manage").hidden = !demonstration || !chat.group;
  byId("chat-avatar").replaceChildren(avatar(chat.group ? chat : bot));
  const writing = presence.sentence(chat.id);
  const still = chat.group ? string("group", { count: chat.members.length }) : string(person.blocked ? "blocked" : "bot");
  byId("chat-status").textContent = writing ?? still;
  byId("chat-status").classList.toggle("writing", Boolean(writing));
}

/** `redraw(chat)` is called when earlier messages of a chat have come; `actions.begin()` starts the bot. */
export function drawLog({ chat, bot, person }, actions, redraw) {
  const { messages, earlier } = historyOf(chat.id);
  const about = chat.group ? { ...chat, description: "" } : { ...bot, description: person.description };
  const shown = {
    messages,
    unreadAfter: readingOf(person.id, chat.id).after,
    draft: presence.draft(chat.id),
    earlier: earlier ? fetcherOf(person.id, chat.id, redraw) : null,
    empty: greeting(about, actions.begin),
  };
  const file = (id) => api.fileAddress(person.id, chat.id, id);
  log.draw(shown, { person, group: chat.group, actions, file });
  composer.setKeyboard(replyKeyboard(messages, person));
}

function fetcherOf(personId, chatId, redraw) {
  const name = `${personId}:${chatId}`;
  if (!fetchers.has(name)) {
    fetchers.set(name, async () => {
      await attempt(() => loadEarlier(personId, chatId));
      redraw(chatId);
    });
  }
  return fetchers.get(name);
}

// The newest word about a reply keyboard in this chat is the one in force.
function replyKeyboard(messages, person) {
  const last = messages.findLast(({ keyboard }) => keyboard?.reply || keyboard?.remove);
  if (!last?.keyboard.reply) return null;
  const used = last.keyboard.once && messages.some(({ id, sender }) => id > last.id && sender?.id === person.id);
  return used ? null : { rows: last.keyboard.reply, placeholder: last.keyboard.placeholder };
}
