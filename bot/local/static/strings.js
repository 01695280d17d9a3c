// The page's own labels, in the browser's language where the page knows it.

export const LANGUAGES = ["en", "ru", "kk", "tr", "ar", "fa"];
const RIGHT_TO_LEFT = new Set(["ar", "fa"]);
let labels = {};
let locale = "en";

/** Load the labels and put them on the page: text, accessible names and placeholders. */
export async function loadStrings() {
  const response = await fetch("/web/static/strings.json");
  const all = await response.json();
  const base = (tag) => tag.split("-")[0].toLowerCase();
  // One may have chosen another when logging in.
  locale = [localStorage.getItem("tongue") ?? "", ...navigator.languages].find((tag) => Object.hasOwn(all, base(tag))) ?? "en";
  const language = base(locale);
  labels = all[language];
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-string]")) element.textContent = string(element.dataset.string);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", string(element.dataset.label));
    if (element.tagName === "BUTTON") element.title = string(element.dataset.label);
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = string(element.dataset.placeholder);
  }
}

/** One label, with its {places} filled; a name is isolated from the direction of the sentence around it. */
export function string(key, values = {}) {
  const filled = (value) => (typeof value === "number" ? String(value) : `\u2068${value}\u2069`);
  return labels[key].replace(/\{(\w+)\}/g, (_, name) => filled(values[name]));
}

/** What a language calls itself. */
export function languageName(code) {
  const name = new Intl.DisplayNames(code, { type: "language" }).of(code);
  return name[0].toLocaleUpperCase(code) + name.slice(1);
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(locale, { timeStyle: "short" });
}

/** The local calendar day of a moment, as a key that sorts and compares. */
export function dayOf(seconds) {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export function dayName(seconds) {
  const now = Date.now() / 1000;
  if (dayOf(seconds) === dayOf(now)) return string("today");
  if (dayOf(seconds) === dayOf(now - 86400)) return string("yesterday");
  const date = new Date(seconds * 1000);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(locale, { day: "numeric", month: "long", year });
}

export function fileSize(bytes) {
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let power = 0;
  let amount = bytes;
  while (amount >= 1000 && power < unit.length - 1) {
    amount /= 1000;
    power += 1;
  }
  const digits = amount < 10 && power > 0 ? 1 : 0;
  const style = { style: "unit", unit: unit[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, style).format(amount);
}
