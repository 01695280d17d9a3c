// The messages of all chats, as far as they are known here, and what each person has read of them.

import * as api from "./api.js";

const histories = new Map(); // chat id -> {messages, earlier}
const readings = new Map(); // "person:chat" -> {unread, after}; after is the last id read, kept for the line

/** The messages of a chat, oldest first, and whether the server has earlier ones. */
export const historyOf = (chatId) => histories.get(chatId);
export const lastOf = (chatId) => histories.get(chatId)?.messages.at(-1);

export function readingOf(personId, chatId) {
  const name = `${personId}:${chatId}`;
  if (!readings.has(name)) readings.set(name, { unread: 0, after: null });
  return readings.get(name);
}

/** Fetch the newest messages of a chat as somebody who is in it, and put them to those known. */
export async function loadHistory(personId, chatId) {
  const fetched = await api.get("history", { person: personId, chat: chatId });
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

/** Fetch the page before the earliest message known. */
export async function loadEarlier(personId, chatId) {
  const history = histories.get(chatId);
  const older = await api.get("history", { person: personId, chat: chatId, before: history.messages[0].id });
  history.messages.unshift(...older.messages);
  history.earlier = older.earlier;
}

/** Put a new message to its chat; the id of the newest before it, or null where the message is known already. */
export function addMessage(chatId, message) {
  const history = histories.get(chatId);
  if (!history || history.messages.some(({ id }) => id === message.id)) return null;
  const before = history.messages.at(-1)?.id ?? 0;
  history.messages = [...history.messages, message].sort((a, b) => a.id - b.id);
  return before;
}

export function changeMessage(chatId, message) {
  const history = histories.get(chatId);
  const place = history?.messages.findIndex(({ id }) => id === message.id) ?? -1;
  if (place >= 0) history.messages[place] = message;
  return place >= 0;
}

export function removeMessages(chatId, ids) {
  const history = histories.get(chatId);
  if (history) history.messages = history.messages.filter(({ id }) => !ids.includes(id));
}
