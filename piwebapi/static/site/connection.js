// One socket per page: subscriptions by WebId, states that a person can read, return after a loss.
import { now } from "./api.js";

const FIRST_WAIT = 500, LONGEST_WAIT = 30000, OPENING = 10000, SETTLED = 10000;
const TOO_SILENT = 30000;
const REFUSED = new Set([4401, 4403]);

export class Connection extends EventTarget {
  constructor({ url, rate = 1000, socket = WebSocket } = {}) {
    super();
    this.url = url || `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/piwebapi/streams/channel`;
    this.rate = rate;
    this.socketClass = socket;
    this.wanted = new Map(); // webId -> {status: "asked" | "live" | "error", reason}
    this.state = "idle";
    this.attempt = 0;
    this.reconnects = 0;
    this.messages = 0;
    this.lastMessage = 0;
    this.connectedMs = 0;
    window.addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.retryNow(); });
    setInterval(() => this.#watch(), 500);
  }

  subscribe(webIds) {
    const fresh = [webIds].flat().filter((id) => !this.wanted.has(id));
    for (const id of fresh) this.wanted.set(id, { status: "asked" });
    if (this.#isOpen()) for (const id of fresh) this.#ask("Subscribe", id);
    else if (fresh.length && !this.socket && !["reconnecting", "signed-out", "stopped"].includes(this.state)) this.#open();
  }

  unsubscribe(webIds) {
    for (const id of [webIds].flat()) {
      if (!this.wanted.delete(id)) continue;
      if (this.#isOpen()) this.#ask("Unsubscribe", id);
    }
    if (!this.wanted.size) this.#close("idle");
  }

  setRate(rate) {
    this.rate = rate;
    if (this.#isOpen()) for (const id of this.wanted.keys()) this.#ask("Subscribe", id);
  }

  connect() {
    this.attempt = 0;
    if (!this.socket) this.#open();
  }

  disconnect() { this.#close("stopped"); }

  retryNow() {
    if (this.state !== "reconnecting" && this.state !== "offline") return;
    clearTimeout(this.timer);
    this.#open();
  }

  #isOpen() { return this.socket?.readyState === 1; }

  #ask(action, id) {
    const message = { Action: action, Resource: `streams/${id}/value` };
    if (action === "Subscribe") message.Parameters = { updateRate: this.rate };
    const text = JSON.stringify(message);
    this.socket.send(text);
    this.#tell("raw", { direction: "out", text });
  }

  #open() {
    this.#set("connecting");
    const socket = (this.socket = new this.socketClass(this.url));
    const tooLong = setTimeout(() => socket.close(), OPENING);
    socket.onopen = () => {
      clearTimeout(tooLong);
      this.openedAt = this.heardAt = Date.now();
      if (this.everOpen) this.reconnects += 1;
      this.everOpen = true;
      this.#set("live");
      for (const id of this.wanted.keys()) this.#ask("Subscribe", id);
    };
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => {
      clearTimeout(tooLong);
      if (socket === this.socket) this.#lost(event);
    };
  }

  #hear(text) {
    this.heardAt = Date.now();
    if (this.state === "stale") this.#set("live");
    this.#tell("raw", { direction: "in", text });
    let message;
    try { message = JSON.parse(text); } catch { return; }
    const id = /^streams\/([^/]+)\/value$/.exec(message.Resource ?? "")?.[1];
    if (message.Action) {
      const known = id && this.wanted.get(id);
      if (known) Object.assign(known, message.Status === "Success" ? { status: "live", reason: "" } : { status: "error", reason: message.Reason });
      this.#tell("answer", { id, message });
    } else if (id && this.wanted.has(id) && message.Items) {
      this.messages += 1;
      this.lastMessage = now();
      this.#tell("values", { id, items: message.Items });
    }
  }

  #lost(event) {
    this.#count();
    const settled = this.openedAt && Date.now() - this.openedAt > SETTLED;
    this.openedAt = 0;
    this.socket = null;
    if (REFUSED.has(event.code)) return this.#set("signed-out");
    if (!this.wanted.size) return this.#set("idle");
    this.attempt = settled ? 1 : this.attempt + 1;
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.attempt - 1)) * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + wait;
    this.timer = setTimeout(() => this.#open(), wait);
    return this.#set(navigator.onLine ? "reconnecting" : "offline");
  }

  #close(state) {
    clearTimeout(this.timer);
    this.#count();
    const socket = this.socket;
    this.socket = null;
    this.openedAt = 0;
    socket?.close();
    this.#set(state);
  }

  #count() { if (this.openedAt) this.connectedMs += Date.now() - this.openedAt; }

  get uptime() { return this.connectedMs + (this.openedAt ? Date.now() - this.openedAt : 0); }

  // Nothing heard for a while although values are due: first said, then the socket is given up.
  #watch() {
    if (this.state === "reconnecting") this.#tell("state");
    if (!this.#isOpen() || ![...this.wanted.values()].some((one) => one.status === "live")) return;
    const silent = Date.now() - this.heardAt;
    if (silent > Math.max(10000, 3 * this.rate)) {
      if (this.state === "live") this.#set("stale");
      else this.#tell("state");
    }
    if (silent > Math.max(TOO_SILENT, 5 * this.rate)) {
      const socket = this.socket;
      this.#lost({ code: 1006 });
      socket.close();
    }
  }

  // What the badge says; the second part moves and is not read aloud.
  get label() {
    const label = { live: "Live", connecting: "Connecting", stale: "No data", reconnecting: "Reconnecting", offline: "Offline" };
    return label[this.state] ?? { "signed-out": "Not allowed: sign in", stopped: "Disconnected" }[this.state] ?? "Not streaming";
  }

  get detail() {
    if (this.state === "stale") return `for ${Math.round((Date.now() - this.heardAt) / 1000)} s`;
    if (this.state !== "reconnecting" && this.state !== "offline") return "";
    return `in ${Math.max(0, Math.ceil((this.retryAt - Date.now()) / 1000))} s (attempt ${this.attempt})`;
  }

  #set(state) {
    this.state = state;
    this.#tell("state");
  }

  #tell(kind, detail = {}) { this.dispatchEvent(new CustomEvent(kind, { detail })); }
}

// Keeps an element with role="status" up to date.
export function showState(connection, place, retry) {
  const label = document.createElement("span");
  const detail = document.createElement("span");
  detail.setAttribute("aria-hidden", "true");
  place.replaceChildren(label, detail);
  const show = () => {
    place.dataset.state = connection.state;
    if (label.textContent !== connection.label) label.textContent = connection.label;
    if (detail.textContent !== connection.detail) detail.textContent = connection.detail;
    if (retry) retry.hidden = connection.state !== "reconnecting" && connection.state !== "offline";
  };
  connection.addEventListener("state", show);
  retry?.addEventListener("click", () => connection.retryNow());
  show();
}
