// The list of messages: days, the unread line, runs of one sender, drafts; only what changed is touched.

import { messageNode, avatar } from "./message.js";
import { element, formatted } from "./text.js";
import { dayName, dayOf, string } from "./strings.js";

const RUN_SECONDS = 600;
const NEAR_END = 80;
const SILENT_MILLISECONDS = 800;
const log = document.querySelector("#log");
const list = document.querySelector("#messages");
const newest = document.querySelector("#newest");
const count = document.querySelector("#newest-count");

let nodes = new Map();
let below = 0;
let silence = 0;

/** Forget what is drawn, before another chat or person is shown; what is drawn next is old and not read aloud. */
export function clear() {
  log.setAttribute("aria-live", "off");
  clearTimeout(silence);
  silence = setTimeout(() => log.setAttribute("aria-live", "polite"), SILENT_MILLISECONDS);
  nodes = new Map();
  below = 0;
  list.replaceChildren();
}

/**
 * Draw a conversation: `messages` in order, `unreadAfter` the last message id read before (or null), `draft` what the
 * bot is writing (or null), `earlier` a function that fetches older ones (or null), `empty` what to show for none, as
 * {version, make()}.
 */
export function draw(conversation, viewer) {
  const follows = atEnd();
  const wanted = wantedNodes(conversation, viewer);
  const fresh = new Map(wanted.map((item) => [item.key, item]));
  let place = list.firstChild;
  for (const { node } of wanted) {
    if (node === place) place = place.nextSibling;
    else list.insertBefore(node, place);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
  nodes = fresh;
  if (follows) toEnd();
}

function wantedNodes({ messages, unreadAfter, draft, earlier, empty }, viewer) {
  const wanted = [];
  const want = (key, version, make) => {
    const old = nodes.get(key);
    const node = old?.version === version ? old.node : make();
    wanted.push({ key, version, node });
    return node;
  };
  if (!messages.length && !draft) want("empty", empty.version, empty.make);
  if (earlier) want("earlier", earlier, () => earlierNode(earlier));
  let previous = null;
  let marked = false;
  messages.forEach((message, index) => {
    const newDay = !previous || dayOf(previous.date) !== dayOf(message.date);
    if (newDay) want(`day ${dayOf(message.date)}`, dayName(message.date), () => dayNode(message.date));
    const firstUnread = !marked && unreadAfter != null && message.id > unreadAfter;
    if (firstUnread) {
      marked = true;
      want("unread", unreadAfter, () => element("div", { class: "unread", role: "separator" }, element("span", {}, string("new_messages"))));
    }
    const node = want(message.id, message, () => messageNode(message, viewer));
    node.classList.toggle("first", newDay || firstUnread || !sameRun(previous, message));
    const next = messages[index + 1];
    node.classList.toggle("last", !next || dayOf(next.date) !== dayOf(message.date) || !sameRun(message, next));
    previous = message;
  });
  if (draft) want("draft", draft, () => draftNode(draft, viewer));
  return wanted;
}

function sameRun(a, b) {
  return !a.service && !b.service && a.sender.id === b.sender.id && b.date - a.date < RUN_SECONDS;
}

function dayNode(seconds) {
  return element("div", { class: "day", role: "separator" }, element("span", {}, dayName(seconds)));
}

function earlierNode(fetchEarlier) {
  const node = element("button", { type: "button", class: "earlier" }, string("earlier"));
  node.addEventListener("click", async () => {
    const height = log.scrollHeight;
    node.disabled = true;
    await fetchEarlier();
    log.scrollTop += log.scrollHeight - height;
  });
  return element("div", { class: "service" }, node);
}

// Hidden from the live region: a draft changes many times a second, and its message is read when it comes.
function draftNode(draft, viewer) {
  const node = element("div", { class: "message other draft first last", "aria-hidden": "true" });
  const text = element("div", { class: "text" });
  if (draft.text) text.append(formatted(draft.text, draft.entities, viewer.actions));
  text.append(element("span", { class: "dots" }, element("i"), element("i"), element("i")));
  const column = element("div", { class: "column" }, element("div", { class: "bubble" }, text));
  node.append(...(viewer.group ? [avatar(draft.sender)] : []), column);
  return node;
}

export function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
}

export function toEnd() {
  log.scrollTop = log.scrollHeight;
}

/** Put the first unread message, or else the newest, into view. */
export function toUnread() {
  const mark = list.querySelector(".unread");
  if (mark) mark.scrollIntoView({ block: "center" });
  else toEnd();
}

/** Scroll to a message and light it up; false where it is not drawn. */
export function show(id) {
  const node = document.querySelector(`#message-${Number(id)}`);
  if (!node) return false;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.remove("lit");
  void node.offsetWidth;
  node.classList.add("lit");
  return true;
}

// Arrows walk from message to message; Tab then goes into the one that is reached.
log.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = document.activeElement;
  if (!step || !(at === log || at.classList.contains("message"))) return;
  const all = [...list.querySelectorAll("article")];
  const next = at === log ? all.at(-1) : all[all.indexOf(at) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

/** One more message came while the reader was further up. */
export function oneBelow() {
  below += 1;
  watch();
}

/** Follow the scrolling; `read` is called whenever the end is in view. */
export function watchScroll(read) {
  newest.addEventListener("click", () => {
    toEnd();
    document.querySelector("#message").focus();
  });
  log.addEventListener("scroll", () => {
    watch();
    if (atEnd()) read();
  });
  let pinned = true;
  log.addEventListener("scroll", () => (pinned = atEnd()), { passive: true });
  const keep = new ResizeObserver(() => {
    if (pinned) toEnd();
    watch();
  });
  keep.observe(log);
  keep.observe(list);
}

function watch() {
  const end = atEnd();
  if (end) below = 0;
  newest.hidden = end;
  count.hidden = below === 0;
  count.textContent = String(below);
}
