// The REST service and the JSON endpoints beside the pages.
export class Refused extends Error {
  constructor(status, body) {
    const told = body?.Errors?.join(" ") || body?.Message || `The server answered with status ${status}.`;
    super(told);
    this.status = status;
  }
}

let offset = 0; // server time minus ours, from the Date header
export const now = () => Date.now() + offset;

export async function ask(url, { params, method = "GET", body, signal } = {}) {
  const target = new URL(url, location.origin);
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") target.searchParams.append(name, one);
  }
  const headers = { Accept: "application/json", "X-Requested-With": "osipi" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(target, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer.");
  }
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (date) offset = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
  const text = await answer.text();
  let told = null;
  try {
    told = text ? JSON.parse(text) : null;
  } catch {
    if (answer.ok) throw new Error("The server's answer is not JSON.");
  }
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

export const api = (path, params, more) => ask(`/piwebapi/${path}`, { params, ...more });

// A part of a page that the server has rendered, and escaped.
export async function fragment(url, signal) {
  const answer = await fetch(url, { signal, headers: { "X-Requested-With": "osipi" } });
  const text = await answer.text();
  if (!answer.ok) {
    let body = null;
    try { body = JSON.parse(text); } catch { /* a page */ }
    throw new Refused(answer.status, body);
  }
  return parsed(text);
}

export function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}
