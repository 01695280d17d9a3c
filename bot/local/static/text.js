// A message's text and entities as nodes. Text only ever becomes text nodes; offsets are UTF-16 units, as strings here.

import { string } from "./strings.js";

const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };

const ISOLATE = /[\u2066-\u2068][^\u2066-\u2069]*\u2069/gu;
const FIRST_STRONG = /[\p{L}\u061c\u200e\u200f]/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\u061c\u200f]/u;

/** "rtl" or "ltr" by the first letter or mark of a text outside isolates, as Unicode's rule P2 has it. */
export function directionOf(text) {
  return RIGHT_TO_LEFT.test(FIRST_STRONG.exec(text.replace(ISOLATE, ""))?.[0] ?? "") ? "rtl" : "ltr";
}

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  node.setAttribute("class", `icon icon-${name}`);
  node.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  node.append(use);
  return node;
}

/**
 * The nodes of a text. `actions` has `command(text)`, `copy(text)` and `start(address)`, which returns the payload of
 * a deep link to the bot or null, and `open(payload)` which follows it.
 */
export function formatted(text, entities, actions) {
  const fragment = document.createDocumentFragment();
  const spans = entities.map((entity) => ({ ...entity, start: entity.offset, end: entity.offset + entity.length }));
  const inline = spans.filter((span) => !BLOCKS.has(span.type));
  inline.sort((a, b) => a.start - b.start || b.end - a.end);
  const blocks = spans.filter((span) => BLOCKS.has(span.type)).sort((a, b) => a.start - b.start);
  let place = 0;
  for (const block of blocks) {
    lines(fragment, text, place, block.start, inline, actions, { after: place > 0, before: true });
    fragment.append(blockNode(text, block, inline, actions));
    place = block.end;
  }
  lines(fragment, text, place, text.length, inline, actions, { after: place > 0, before: false });
  return fragment;
}

// A line break beside a block only separates it from the text; the block's own edge already does.
function lines(parent, text, from, to, inline, actions, { after, before }) {
  let start = from;
  let end = to;
  if (after && start < end && text[start] === "\n") start += 1;
  if (before && end > start && text[end - 1] === "\n") end -= 1;
  if (start >= end) return;
  for (let at = start; at <= end; ) {
    const found = text.indexOf("\n", at);
    const stop = found === -1 || found > end ? end : found;
    // The browser's own "auto" would look into isolates, which Telegram's programs pass over.
    const line = element("div", { class: "line", dir: directionOf(text.slice(at, stop)) });
    if (stop === at) line.append(element("br"));
    else runs(line, text, at, stop, inline, actions);
    parent.append(line);
    at = stop + 1;
  }
}

// Entities may nest, span lines or (from a careless bot) cross: each is clipped to the run it is drawn in.
function runs(parent, text, from, to, spans, actions) {
  let place = from;
  let rest = spans.filter((span) => span.start < to && span.end > from);
  while (rest.length) {
    const [span, ...others] = rest;
    const start = Math.max(span.start, place);
    const end = Math.min(span.end, to);
    if (start > place) parent.append(text.slice(place, start));
    const node = inlineNode(span, text, actions);
    runs(node, text, start, end, others, actions);
    parent.append(node);
    place = end;
    rest = others.filter((other) => other.end > end);
  }
  if (place < to) parent.append(text.slice(place, to));
}

function blockNode(text, block, inline, actions) {
  if (block.type === "pre") {
    const code = element("code", {}, text.slice(block.start, block.end));
    return element("pre", { dir: "auto", "data-language": block.language, tabindex: "0" }, code);
  }
  const body = element("div", { class: "quote-body" });
  lines(body, text, block.start, block.end, inline, actions, { after: false, before: false });
  const quote = element("blockquote", { dir: directionOf(text.slice(block.start, block.end)) }, body);
  if (block.type === "expandable_blockquote") makeFoldable(quote, body);
  return quote;
}

// Folded to three lines; the button shows only where there is more than that to see.
const folds = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const quote = target.parentElement;
    if (quote && quote.classList.contains("folded")) {
      quote.querySelector(".fold").hidden = target.scrollHeight <= target.clientHeight + 2;
    }
  }
});

function makeFoldable(quote, body) {
  const button = element("button", { type: "button", class: "fold", "aria-expanded": "false" }, string("expand"));
  quote.classList.add("expandable", "folded");
  const toggle = () => {
    const folded = quote.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = string(folded ? "expand" : "collapse");
  };
  button.addEventListener("click", toggle);
  body.addEventListener("click", (event) => {
    const busy = event.target.closest("a, button, [role=button]") || !getSelection().isCollapsed;
    if (!busy && quote.classList.contains("folded") && !button.hidden) toggle();
  });
  quote.append(button);
  folds.observe(body);
}

function inlineNode(span, text, actions) {
  const shown = text.slice(span.start, span.end);
  if (Object.hasOwn(TAGS, span.type)) return element(TAGS[span.type]);
  switch (span.type) {
    case "url":
      return link(/^[a-z][a-z0-9+.-]*:/i.test(shown) ? shown : `https://${shown}`, actions);
    case "text_link":
      return link(span.url, actions);
    case "email":
      return link(`mailto:${shown}`, actions);
    case "code":
      return pressable("code", "copyable", string("copy"), () => actions.copy(shown));
    case "bot_command":
      return pressable("span", "link", null, () => actions.command(shown));
    case "spoiler":
      return spoiler();
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
    case "phone_number":
      return element("span", { class: "mention" });
    default:
      return element("span");
  }
}

/** An anchor to an address a browser may open; a deep link to the bot stays in the page; anything else is plain text. */
export function link(address, actions, attributes = {}) {
  const payload = actions.start(address);
  if (payload !== null) {
    const anchor = element("a", { ...attributes, href: address });
    anchor.addEventListener("click", (event) => {
      event.preventDefault();
      actions.open(payload);
    });
    return anchor;
  }
  const safe = URL.canParse(address) && ["http:", "https:", "mailto:"].includes(new URL(address).protocol);
  if (!safe) return element("span", attributes);
  return element("a", { ...attributes, href: address, target: "_blank", rel: "noopener noreferrer" });
}

function pressable(tag, name, title, action) {
  const node = element(tag, { class: name, role: "button", tabindex: "0", title });
  node.addEventListener("click", action);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      action();
    }
  });
  return node;
}

function spoiler() {
  const node = pressable("span", "spoiler", null, () => {
    node.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
  });
  node.setAttribute("aria-label", string("spoiler"));
  return node;
}
