// In the place of WebSocket: answers what it is asked, and sends what a test plays.
class PlayedSocket {
  constructor() {
    this.readyState = 0;
    this.streams = [];
    this.sent = 0;
    globalThis.played = this;
    queueMicrotask(() => { this.readyState = 1; this.onopen(); });
  }

  send(text) {
    const { Action, Resource } = JSON.parse(text);
    if (Action === "Subscribe" && !this.streams.includes(Resource)) this.streams.push(Resource);
    this.tell({ Action: `${Action}d`, Resource, Status: "Success" });
  }

  close() { this.readyState = 3; }

  tell(message) { this.onmessage({ data: JSON.stringify(message) }); }

  value(Resource) {
    this.sent += 1;
    const Value = Math.random() * 100;
    this.tell({ Resource, Items: [{ Timestamp: new Date().toISOString(), Value, UnitsAbbreviation: "kPa", Good: true }] });
  }

  // One value of each stream a second, until it is called once more.
  live() {
    if (this.timer) clearInterval(this.timer);
    this.timer = this.timer ? null : setInterval(() => { for (const resource of this.streams) this.value(resource); }, 1000);
  }

  // Each message is a task of its own, as messages of a socket are.
  burst(count) {
    this.left = count;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      this.value(this.streams[this.left % this.streams.length]);
      this.left -= 1;
      if (this.left) port2.postMessage(0);
    };
    port2.postMessage(0);
  }
}
globalThis.WebSocket = PlayedSocket;
