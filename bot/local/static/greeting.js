// What stands in a chat that nobody has written in.

import { avatar } from "./message.js";
import { element } from "./text.js";
import { string } from "./strings.js";

/** What to show for no messages, as the log takes it; `about` is a group, or the bot with its description. */
export function greeting(about, start) {
  return { version: `${about.id} ${about.description}`, make: () => greetingNode(about, start) };
}

function greetingNode(about, start) {
  const node = element("div", { class: "empty" }, avatar(about));
  if (about.description) {
    node.append(element("h3", {}, string("what")));
    node.append(...about.description.split("\n").map((line) => element("p", { dir: "auto" }, line)));
  } else {
    node.append(element("p", {}, string("no_messages")));
  }
  if (about.group) return node;
  const button = element("button", { type: "button", class: "primary" }, string("start"));
  button.addEventListener("click", start);
  node.append(button);
  return node;
}
