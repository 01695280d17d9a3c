// New people and groups, and who is in a group, with the windows in which they are made and changed.

import * as api from "./api.js";
import { choice, field, openDialog } from "./dialogs.js";
import { attempt } from "./notices.js";
import { avatar } from "./message.js";
import { element, icon } from "./text.js";
import { LANGUAGES, languageName, string } from "./strings.js";

const byId = (id) => document.getElementById(id);
const KINDS = ["supergroup", "forum", "group"];
let handlers = {};

/**
 * `handlers`: `state()` gives {people, chats, person, chat, bot} as they stand, `refresh()` reads them anew, and
 * `go(person, chat)` opens a chat.
 */
export function start(given) {
  handlers = given;
  byId("person-new").addEventListener("click", newPerson);
  byId("group-new").addEventListener("click", newGroup);
  byId("group-manage").addEventListener("click", manage);
}

async function perform(path, body) {
  const answer = await attempt(() => api.post(path, body));
  if (answer) await attempt(handlers.refresh);
  return answer;
}

function newPerson() {
  const name = element("input", { required: true, maxlength: "64", dir: "auto", autocomplete: "off" });
  const language = choice(LANGUAGES.map((code) => [code, languageName(code), code]));
  language.value = handlers.state().person.language ?? "en";
  const run = async () => {
    const added = await perform("person", { name: name.value, language: language.value });
    if (!added) return false;
    handlers.go(added.id, String(added.id));
    return true;
  };
  openDialog(string("add_person"), [field(string("name"), name), field(string("language"), language)], { label: string("add"), run });
}

function newGroup() {
  const { people, person, bot } = handlers.state();
  const title = element("input", { required: true, maxlength: "128", dir: "auto", autocomplete: "off" });
  const kind = choice(KINDS.map((name) => [name, string(`kind_${name}`)]));
  const topics = element("textarea", { rows: "3", dir: "auto" });
  const topicsField = field(string("topics"), topics);
  topicsField.hidden = true;
  kind.addEventListener("change", () => (topicsField.hidden = kind.value !== "forum"));
  const others = [...people.filter(({ id }) => id !== person.id), bot];
  const boxes = others.map((one) => ({ one, box: element("input", { type: "checkbox", checked: true }) }));
  const rows = boxes.map(({ one, box }) => element("label", { class: "who" }, box, avatar(one), element("span", { dir: "auto" }, one.name)));
  const members = element("fieldset", { class: "whos" }, element("legend", {}, string("members")), ...rows);
  const run = async () => {
    const chosen = boxes.filter(({ box }) => box.checked).map(({ one }) => one.id);
    const added = await perform("group", {
      person: person.id,
      title: title.value,
      kind: kind.value,
      members: chosen.filter((id) => id !== bot.id),
      topics: kind.value === "forum" ? topics.value.split("\n").filter((name) => name.trim()) : [],
      with_bot: chosen.includes(bot.id),
    });
    if (!added) return false;
    handlers.go(person.id, added.id);
    return true;
  };
  const content = [field(string("title"), title), field(string("kind"), kind), topicsField, members];
  openDialog(string("new_group"), content, { label: string("create"), run });
}

/** Who is in the group that is open, and what can be done about them; drawn anew after every change. */
function manage() {
  const { chat, person } = handlers.state();
  const body = element("div", { class: "manage" });
  const close = openDialog(chat.title, [body]);
  const draw = () => {
    const state = handlers.state();
    const now = state.chats.get(chat.id);
    if (!now?.members.includes(person.id)) {
      close();
      return;
    }
    const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    body.replaceChildren(...membersOf(now, state, act), ...additions(now, state, act));
    if (focused) (body.querySelector(`[data-key="${focused}"]`) ?? byId("dialog-title")).focus();
  };
  const act = async (path, values) => {
    if (await perform(path, { person: person.id, chat: chat.id, ...values })) draw();
  };
  draw();
}

function membersOf(chat, { people, person, bot }, act) {
  const governs = chat.admins.includes(person.id);
  const present = [...people, bot].filter(({ id }) => chat.members.includes(id));
  const rows = present.map((one) => {
    const isAdmin = chat.admins.includes(one.id);
    const isSelf = one.id === person.id;
    const isOwner = one.id === chat.owner;
    const words = element("span", {}, element("strong", { dir: "auto" }, one.name), element("small", {}, string(isAdmin ? "administrator" : "member")));
    const row = element("li", { class: "who" }, avatar(one), words);
    const add = (change, picture) => {
      const label = string(change, { name: one.name });
      const button = element("button", { type: "button", class: "tool", "data-key": `${change}-${one.id}`, "aria-label": label, title: label }, icon(picture));
      button.addEventListener("click", () => act("member", { member: one.id, act: change }));
      row.append(button);
    };
    if (governs && !isSelf && !isOwner) add(isAdmin ? "demote" : "promote", isAdmin ? "down" : "up");
    if ((governs || isSelf) && !isOwner) add("remove", "take");
    return row;
  });
  return [element("ul", { class: "whos", "aria-label": string("members") }, ...rows)];
}

function additions(chat, { people, person, bot }, act) {
  const nodes = [];
  const absent = [...people, bot].filter(({ id }) => !chat.members.includes(id));
  if (absent.length) {
    const who = choice(absent.map(({ id, name }) => [id, name]), { "data-key": "who" });
    nodes.push(line(string("add_member"), who, "join", () => act("member", { member: Number(who.value), act: "add" })));
  }
  if (chat.kind === "forum" && chat.admins.includes(person.id)) {
    const name = element("input", { maxlength: "128", dir: "auto", "data-key": "topic", autocomplete: "off" });
    nodes.push(line(string("new_topic"), name, "open", () => name.value.trim() && act("topic", { name: name.value })));
  }
  return nodes;
}

function line(label, control, key, run) {
  const button = element("button", { type: "button", class: "quiet", "data-key": key }, string("add"));
  button.addEventListener("click", run);
  control.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || control.tagName !== "INPUT") return;
    event.preventDefault();
    run();
  });
  return element("div", { class: "line-field" }, field(label, control), button);
}
