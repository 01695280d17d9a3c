// Passing a message on: which of a person's chats it goes to.

import { openDialog } from "./dialogs.js";
import { avatar } from "./message.js";
import { element } from "./text.js";
import { string } from "./strings.js";

/** Offer chats in a window; `chosen(chat)` is called with the one taken. */
export function chooseChat(chats, chosen) {
  let close = () => {};
  const rows = chats.map((chat) => {
    const picture = avatar(chat.group ? chat : { bot: true });
    const button = element("button", { type: "button", class: "chat" }, picture, element("strong", { dir: "auto" }, chat.title));
    button.addEventListener("click", () => {
      close();
      chosen(chat);
    });
    return element("li", {}, button);
  });
  close = openDialog(string("forward_to"), [element("ul", { class: "forwarding" }, ...rows)]);
}
