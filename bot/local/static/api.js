// The only module that speaks to the server: requests as JSON, a file as it is, events as a stream.

/** What the server refused, in one sentence to show. */
export class Refusal extends Error {}

async function answer(response) {
  // The session is over, where people log in.
  if (response.status === 401) location.replace("/web/login");
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(body.error ?? `${response.status} ${response.statusText}`);
  return body;
}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value != null));
  return answer(await fetch(`/web/${path}?${query}`));
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(`/web/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function logOut() {
  await post("logout", {});
  location.replace("/web/login");
}

export async function upload(parameters, file) {
  const query = new URLSearchParams(parameters);
  const headers = { "Content-Type": "application/octet-stream" };
  return answer(await fetch(`/web/upload?${query}`, { method: "POST", headers, body: file }));
}

export function fileAddress(person, chat, file) {
  return `/web/file/${encodeURIComponent(file)}?${new URLSearchParams({ person, chat })}`;
}

/** Follow the events; `opened` is called at every (re)connection, since events may have been missed before it. */
export function follow({ opened, lost, event }) {
  const source = new EventSource("/web/events");
  source.addEventListener("open", opened);
  source.addEventListener("error", () => {
    lost();
    if (source.readyState !== EventSource.CLOSED) return;
    get("state").catch(() => {});
    setTimeout(() => follow({ opened, lost, event }), 2000);
  });
  source.addEventListener("message", (received) => event(JSON.parse(received.data)));
}
