// Deep links to the bot, which stay in the page.

/** The payload of a deep link to the bot of this name ("" where there is none), or null for any other address. */
export function startPayload(address, username) {
  if (!URL.canParse(address)) return null;
  const { protocol, host, pathname, searchParams } = new URL(address);
  const web = ["http:", "https:"].includes(protocol) && ["t.me", "telegram.me"].includes(host);
  const own = protocol === "tg:" && (host || pathname.replace(/^\/+/, "")) === "resolve";
  const name = web ? pathname.slice(1) : own ? searchParams.get("domain") : null;
  if (!name || name.toLowerCase() !== username.toLowerCase()) return null;
  return searchParams.get("start") ?? "";
}
