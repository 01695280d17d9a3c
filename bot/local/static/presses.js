// Buttons under messages: pressed by a request, answered by an event, in whichever order the two come.

import * as api from "./api.js";
import { attempt, toast } from "./notices.js";
import { string } from "./strings.js";

const ANSWER_SECONDS = 20;

const waiting = new Map(); // callback id -> what lets the button go
const early = new Set(); // ids answered before they were known here

/** Press a button in a place ({person, chat}); it stays busy until the bot answers. */
export async function press(place, message, button, data) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const release = () => button.removeAttribute("aria-busy");
  const pressed = await attempt(() => api.post("press", { ...place, message: message.id, data }));
  if (!pressed || early.delete(pressed.id)) {
    release();
    return;
  }
  const timer = setTimeout(() => {
    waiting.delete(pressed.id);
    release();
    toast(string("no_answer"), { bad: true });
  }, ANSWER_SECONDS * 1000);
  waiting.set(pressed.id, () => {
    clearTimeout(timer);
    release();
  });
}

export function answered(id) {
  if (!waiting.has(id)) early.add(id);
  waiting.get(id)?.();
  waiting.delete(id);
}
