// Where the bot is seen writing: its actions last some seconds, its drafts until their message comes.

import { string } from "./strings.js";

const ACTION_SECONDS = 5.5;
const DRAFT_SECONDS = 30;

const writings = new Map(); // chat id -> {sentence, timer}
const drafts = new Map(); // chat id -> {sender, text, entities, timer}
let changed = () => {};

/** `changed(chatId)` is called whenever something begins or ends in a chat. */
export function start(given) {
  changed = given;
}

export const sentence = (chatId) => writings.get(chatId)?.sentence;
export const draft = (chatId) => drafts.get(chatId);

export function act(bot, chatId, action) {
  write(chatId, string(action.startsWith("upload_") ? "sending_file" : "typing", { name: bot.name }), ACTION_SECONDS);
  changed(chatId);
}

export function drafting(bot, chatId, { text, entities }) {
  clearTimeout(drafts.get(chatId)?.timer);
  drafts.set(chatId, { sender: bot, text, entities, timer: setTimeout(() => quiet(chatId), DRAFT_SECONDS * 1000) });
  write(chatId, string("typing", { name: bot.name }), DRAFT_SECONDS);
  changed(chatId);
}

/** The bot stopped writing here: its message came, or it fell silent. */
export function quiet(chatId) {
  clearTimeout(writings.get(chatId)?.timer);
  clearTimeout(drafts.get(chatId)?.timer);
  const wrote = writings.delete(chatId);
  if (drafts.delete(chatId) || wrote) changed(chatId);
}

function write(chatId, words, seconds) {
  clearTimeout(writings.get(chatId)?.timer);
  writings.set(chatId, { sentence: words, timer: setTimeout(() => quiet(chatId), seconds * 1000) });
}
