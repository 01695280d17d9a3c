// What a person does in a place ({person, chat}): write, edit, send files, pass on, take back.

import * as api from "./api.js";
import { attempt, toast } from "./notices.js";
import { string } from "./strings.js";

const ALBUM = 10;

/** Send a text, or put it in the place of a message; `about` is {kind, message} or null. Whether it went. */
export async function send(place, text, about) {
  const request = about?.kind === "edit"
    ? () => api.post("edit", { ...place, text, message: about.message.id })
    : () => api.post("send", { ...place, text, reply_to: about?.message.id ?? null });
  return (await attempt(request)) !== null;
}

/** Send files one after the other; several are an album of ten at most, whose first carries the caption. */
export async function attach(place, files, caption, about) {
  const reply = about?.kind === "reply" ? { reply_to: about.message.id } : {};
  let album = {};
  for (const [index, file] of [...files].entries()) {
    if (files.length > 1 && index % ALBUM === 0) album = { album: newAlbum() };
    const note = toast(string("sending", { name: file.name }));
    const parameters = { ...place, ...reply, ...album, name: file.name, caption: index ? "" : caption };
    const sent = await attempt(() => api.upload(parameters, file));
    note.remove();
    if (!sent) return index > 0;
  }
  return true;
}

function newAlbum() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0]);
}

/** Send something of a kind ready made: a voice message, a sticker, ... */
export function sample(place, kind) {
  return attempt(() => api.post("sample", { ...place, kind }));
}

export function forward(place, message, target) {
  return attempt(() => api.post("forward", { person: place.person, chat: target, source: place.chat, message }));
}

export function take(place, message) {
  return attempt(() => api.post("take", { ...place, message }));
}
