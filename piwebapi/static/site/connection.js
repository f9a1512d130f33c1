// One socket per page: subscriptions by WebId, states that a person can read, return after a loss.
import { now } from "./api.js";
import { valuesOf } from "./polling.js";

const FIRST_WAIT = 500, LONGEST_WAIT = 30000, OPENING = 10000, SETTLED = 10000;
const TOO_SILENT = 30000, HEARTBEAT = 15000;
// So many attempts in vain, and values are asked for instead, while a socket is still tried now and then.
const IN_VAIN = 5, POLL = 5000, TRY = 60000;
const WAITING = ["reconnecting", "offline", "polling"];
const REFUSED = new Set([4401, 4403]);
const LABELS = {
  idle: "Not streaming", connecting: "Connecting", live: "Live", stale: "No data", reconnecting: "Reconnecting", offline: "Offline",
  polling: "Polling every 5 s", paused: "Paused", stopped: "Disconnected", "signed-out": "Not allowed: sign in",
};

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
    this.latency = null; // milliseconds from a question to its answer
    this.paused = false; // the picture is; the socket goes on
    window.addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.retryNow(); });
    setInterval(() => this.#watch(), 500);
  }

  subscribe(webIds) {
    const fresh = [webIds].flat().filter((id) => !this.wanted.has(id));
    for (const id of fresh) this.wanted.set(id, { status: "asked" });
    if (this.#isOpen()) for (const id of fresh) this.#ask("Subscribe", id);
    else if (fresh.length && !this.socket && this.state === "polling") this.#poll();
    else if (fresh.length && !this.socket && !["reconnecting", "offline", "signed-out", "stopped"].includes(this.state)) this.#open();
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
    if (!WAITING.includes(this.state) || this.socket) return;
    clearTimeout(this.timer);
    this.#open();
  }

  pause(on) {
    this.paused = on;
    this.#tell("tick");
  }

  #isOpen() { return this.socket?.readyState === 1; }

  #ask(action, id) {
    const message = { Action: action, Resource: `streams/${id}/value` };
    if (action === "Subscribe") message.Parameters = { updateRate: this.rate };
    const text = JSON.stringify(message);
    this.socket.send(text);
    this.#tell("raw", { direction: "out", text });
  }

  // A stream that is subscribed already is asked for once more, which changes nothing and is answered at once.
  #beat() {
    const id = [...this.wanted].find(([, one]) => one.status === "live")?.[0];
    if (!id || Date.now() - this.beating.at < HEARTBEAT) return;
    this.beating = { id, at: Date.now(), from: performance.now() };
    this.#ask("Subscribe", id);
  }

  #open() {
    if (this.state !== "polling") this.#set("connecting");
    const socket = (this.socket = new this.socketClass(this.url));
    const tooLong = setTimeout(() => socket.close(), OPENING);
    socket.onopen = () => {
      clearTimeout(tooLong);
      clearTimeout(this.polling);
      this.openedAt = this.heardAt = this.answeredAt = Date.now();
      this.unanswered = false;
      this.beating = { id: [...this.wanted.keys()][0], at: Date.now(), from: performance.now() };
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
    this.answeredAt = Date.now();
    this.#tell("raw", { direction: "in", text });
    let message;
    try { message = JSON.parse(text); } catch { return; }
    const id = /^streams\/([^/]+)\/value$/.exec(message.Resource ?? "")?.[1];
    const known = id && this.wanted.get(id);
    if (message.Action === "Subscribed" && id === this.beating.id) {
      this.latency = performance.now() - this.beating.from;
      this.beating.id = null;
      if (known?.status === "live") return; // says that the server is there, not that values come
    }
    this.heardAt = Date.now();
    if (this.state === "stale") this.#set("live");
    if (message.Action) {
      if (known) Object.assign(known, message.Status === "Success" ? { status: "live", reason: "" } : { status: "error", reason: message.Reason });
      this.#tell("answer", { id, message });
    } else if (known && message.Items) this.#take(id, message.Items);
  }

  #take(id, items) {
    this.messages += 1;
    this.lastMessage = now();
    this.#tell("values", { id, items });
  }

  #lost(event) {
    this.#count();
    const settled = this.openedAt && Date.now() - this.openedAt > SETTLED;
    this.openedAt = 0;
    this.socket = this.latency = null;
    if (REFUSED.has(event.code)) return this.#set("signed-out");
    if (!this.wanted.size) return this.#set("idle");
    this.attempt = settled ? 1 : this.attempt + 1;
    if (this.state === "polling") return this.#again(TRY);
    this.#again(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.attempt - 1)) * (0.5 + Math.random() / 2));
    if (this.attempt >= IN_VAIN) this.#poll();
    return this.#set(navigator.onLine && !this.unanswered ? "reconnecting" : "offline");
  }

  #again(wait) {
    clearTimeout(this.timer);
    this.retryAt = Date.now() + wait;
    this.timer = setTimeout(() => this.#open(), wait);
  }

  // Values by requests, as long as no socket opens. The first answer tells whether that works.
  async #poll() {
    clearTimeout(this.polling);
    const answers = await valuesOf([...this.wanted.keys()].filter((id) => this.wanted.get(id).status !== "error"));
    if (this.#isOpen() || !WAITING.concat("connecting").includes(this.state)) return;
    this.unanswered = answers instanceof Error;
    if (this.unanswered) {
      if ([401, 403].includes(answers.status)) this.#close("signed-out");
      else if (this.state !== "connecting") this.#set("offline");
      if (!this.socket && this.retryAt - Date.now() > LONGEST_WAIT) this.#again(LONGEST_WAIT);
      return;
    }
    if (this.state !== "polling") {
      this.#set("polling");
      if (!this.socket) this.#again(TRY);
    }
    for (const [id, told] of answers) this.#polled(id, told);
    this.polling = setTimeout(() => this.#poll(), POLL);
  }

  #polled(id, told) {
    const known = this.wanted.get(id);
    if (!known) return;
    Object.assign(known, told instanceof Error ? { status: "error", reason: told.message } : { status: "live", reason: "" });
    if (told instanceof Error) this.#tell("answer", { id, message: { Status: "Error", Reason: told.message } });
    else this.#take(id, [told]);
  }

  #close(state) {
    clearTimeout(this.timer);
    clearTimeout(this.polling);
    this.#count();
    const socket = this.socket;
    this.socket = this.latency = null;
    this.openedAt = 0;
    socket?.close();
    this.#set(state);
  }

  #count() { if (this.openedAt) this.connectedMs += Date.now() - this.openedAt; }

  get uptime() { return this.connectedMs + (this.openedAt ? Date.now() - this.openedAt : 0); }

  // Nothing heard for a while although values are due: first said, then the socket is given up.
  #watch() {
    this.#tell("tick");
    if (!this.#isOpen() || ![...this.wanted.values()].some((one) => one.status === "live")) return;
    this.#beat();
    const silent = Date.now() - this.heardAt;
    if (silent > Math.max(10000, 3 * this.rate)) {
      if (this.state === "live") this.#set("stale");
    }
    if (silent > Math.max(TOO_SILENT, 5 * this.rate) || Date.now() - this.answeredAt > TOO_SILENT) {
      const socket = this.socket;
      this.#lost({ code: 1006 });
      socket.close();
    }
  }

  // What is shown: a picture that somebody has stopped is paused, as long as values come.
  get seen() { return this.paused && ["live", "stale", "polling"].includes(this.state) ? "paused" : this.state; }

  // What the badge says; the second part moves and is not read aloud.
  get label() { return LABELS[this.seen]; }

  get detail() {
    const since = Date.now() - this.heardAt;
    if (this.seen === "stale") return `for ${Math.round(since / 1000)} s`;
    if (this.seen === "live" && since > 2000) return `${Math.round(since / 1000)} s ago`;
    if (this.state !== "reconnecting" && this.state !== "offline") return "";
    return `next try in ${Math.max(0, Math.ceil((this.retryAt - Date.now()) / 1000))} s (attempt ${this.attempt})`;
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
    place.dataset.state = connection.seen;
    if (label.textContent !== connection.label) label.textContent = connection.label;
    if (detail.textContent !== connection.detail) detail.textContent = connection.detail;
    if (retry) retry.hidden = !WAITING.includes(connection.state);
  };
  for (const kind of ["state", "tick"]) connection.addEventListener(kind, show);
  retry?.addEventListener("click", () => connection.retryNow());
  show();
}
