// Inline queries: "@bot words" in any chat, asked while they are typed; the latest one counts.

import * as api from "./api.js";
import { attempt } from "./notices.js";

const PAUSE_MILLISECONDS = 250;

let current = null;
let timer = 0;
const early = new Map();

/**
 * Ask in a place ({person, chat}) once the typing pauses. `show(items)` is given menu items; choosing one calls
 * `taken()`, and then sends the result or, for the button above the results, calls `start(payload)`.
 */
export function ask(place, query, show, { taken, start }) {
  clearTimeout(timer);
  const item = (title, detail, action) => ({ title, detail, choose: () => (taken(), action()) });
  const send = (id, result) => attempt(() => api.post("choose", { ...place, query: id, result }));
  const asking = {
    id: null,
    show({ id, results, button }) {
      const items = results.map((one) => item(one.title, one.description, () => send(id, one.id)));
      show(button ? [item(button.text, "", () => start(button.start)), ...items] : items);
    },
  };
  current = asking;
  timer = setTimeout(async () => {
    const asked = await attempt(() => api.post("inline", { ...place, query }));
    if (!asked || current !== asking) return;
    asking.id = asked.id;
    if (early.has(asked.id)) asking.show(early.get(asked.id));
    early.clear();
  }, PAUSE_MILLISECONDS);
}

/** An answer came as an event, perhaps before the question's own number did. */
export function answered(answer) {
  if (current?.id === answer.id) current.show(answer);
  else if (current && current.id === null) early.set(answer.id, answer);
}

export function stop() {
  clearTimeout(timer);
  current = null;
}
