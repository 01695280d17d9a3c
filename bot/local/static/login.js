// Logging in: a name and a password, and another password where one is to be chosen.

const RIGHT_TO_LEFT = new Set(["ar", "fa"]);
const byId = (id) => document.getElementById(id);
const fields = ["name", "password", "new-password", "again"];

let texts = {};
let language = "en";
let wrong = null; // {reason, seconds}: what is shown, to be shown in another language too

const base = (tag) => tag.split("-")[0].toLowerCase();

/** The language that was chosen here before, else the first that the browser asks for and the page knows. */
function preferred() {
  const wanted = [localStorage.getItem("tongue") ?? "", ...navigator.languages].map(base);
  return wanted.find((code) => Object.hasOwn(texts, code)) ?? "en";
}

function speak(code) {
  language = code;
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = texts[code][node.dataset.text];
  document.title = `Rapporteur - ${texts[code].enter}`;
  byId("tongue").value = code;
  if (wrong) tell(wrong);
}

function drawTongues() {
  const tongue = byId("tongue");
  for (const code of Object.keys(texts)) {
    const option = document.createElement("option");
    const name = new Intl.DisplayNames(code, { type: "language" }).of(code);
    option.value = code;
    option.lang = code;
    option.textContent = name[0].toLocaleUpperCase(code) + name.slice(1);
    tongue.append(option);
  }
  tongue.addEventListener("change", () => {
    localStorage.setItem("tongue", tongue.value);
    speak(tongue.value);
  });
}

/** Say what is wrong; the words of `seconds` are those of the language. */
function tell(refusal) {
  wrong = refusal;
  const time = new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "long" });
  byId("error").textContent = texts[language][refusal.reason].replace("{time}", time.format(refusal.seconds ?? 0));
}

function mark(...invalid) {
  for (const id of fields) {
    if (invalid.includes(id)) {
      byId(id).setAttribute("aria-invalid", "true");
      byId(id).setAttribute("aria-errormessage", "error");
    } else {
      byId(id).removeAttribute("aria-invalid");
      byId(id).removeAttribute("aria-errormessage");
    }
  }
  if (invalid.length) byId(invalid[0]).focus();
}

const INVALID = {
  wrong: ["password", "name"],
  empty: ["name", "password"],
  choose: ["new-password"],
  weak: ["new-password"],
  same: ["new-password"],
  differ: ["again"],
};

function refuse(refusal) {
  if (refusal.reason === "choose") renew(true);
  tell(refusal);
  mark(...(INVALID[refusal.reason] ?? []));
}

function renew(wanted) {
  byId("change").checked = wanted;
  byId("renewal").hidden = !wanted;
}

/** What is wrong before anything is sent, or null. */
function missing() {
  if (!byId("name").value || !byId("password").value) return { reason: "empty" };
  if (!byId("change").checked) return null;
  if ([...byId("new-password").value.normalize("NFC")].length < 12) return { reason: "weak" };
  return byId("new-password").value === byId("again").value ? null : { reason: "differ" };
}

async function enter() {
  const lacking = missing();
  if (lacking) {
    refuse(lacking);
    return;
  }
  const body = { name: byId("name").value, password: byId("password").value, language };
  if (byId("change").checked) body.new_password = byId("new-password").value;
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/web/login", { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) {
    location.replace("/");
    return;
  }
  const refusal = await response.json().catch(() => ({}));
  refuse(Object.hasOwn(texts.en, refusal.reason ?? "") ? refusal : { reason: "failed" });
}

async function main() {
  texts = await (await fetch("/web/static/login.json")).json();
  drawTongues();
  speak(preferred());
  byId("change").addEventListener("change", () => renew(byId("change").checked));
  byId("login").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = byId("enter");
    if (button.getAttribute("aria-busy")) return;
    byId("error").textContent = "";
    wrong = null;
    mark();
    button.setAttribute("aria-busy", "true");
    try {
      await enter();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      refuse({ reason: "failed" });
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  byId("name").focus();
  document.body.classList.add("ready");
  // A link on another site leads here even those who are logged in, for their session is not shown to that site.
  if ((await (await fetch("/web/session")).json()).name) location.replace("/");
}

main();
