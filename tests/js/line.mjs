// The browser's end of a connection, for tests of what speaks over it: WebSocket, window and its
// timers, as far as our sockets use them.

/** What was opened, newest last. */
export const lines = [];

/** What was put off, newest last: `run` and `afterMs`. */
export const timers = [];

/** A WebSocket, and what the server does with it. */
class Line extends EventTarget {
  static OPEN = 1;
  readyState = Line.OPEN;

  constructor() {
    super();
    lines.push(this);
  }

  hears(message) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }

  isClosed(code) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

globalThis.WebSocket = Line;
globalThis.window = Object.assign(new EventTarget(), {
  location: { href: "https://chat.example/" },
  setTimeout: (run, afterMs) => timers.push({ run, afterMs }),
  clearTimeout: () => undefined,
});
