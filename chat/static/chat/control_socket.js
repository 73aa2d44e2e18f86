/**
 * The control socket: JSON messages, kept open for as long as the page wants it.
 *
 * It comes back by itself after a lost connection, with growing and jittered pauses, so that a
 * restarted server is not met by everybody at once. What to do with the new connection (resume,
 * seek again) is the caller's to decide, at `welcome`.
 */

import { CONTROL_SUBPROTOCOL, CloseCode, parseMessage } from "./protocol.js";

const PAUSE_FIRST_MS = 400;
const PAUSE_MAX_MS = 15_000;
const PING_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 10_000;

/**
 * Close codes after which coming back by itself would be wrong.
 *
 * @type {ReadonlySet<number>}
 */
const FINAL_CODES = new Set([
  CloseCode.ENTER_FIRST,
  CloseCode.BARRED,
  CloseCode.NO_SUCH_THING,
  CloseCode.OPENED_ELSEWHERE,
]);

/**
 * Close codes that ask for a long pause first.
 *
 * @type {ReadonlySet<number>}
 */
const SLOW_CODES = new Set([CloseCode.BAD_MESSAGE, CloseCode.TOO_LARGE, CloseCode.TOO_MANY]);

/**
 * @typedef {object} Listener
 * @property {(message: import("./protocol.js").ServerMessage) => void} onMessage
 * @property {(code: number) => void} onLost the connection is gone, and will be tried again
 * @property {(code: number) => void} onClosed the connection is gone, and stays so
 */

export class ControlSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempts = 0;
  #isWelcome = false;
  /** How long the server asked to stay away, when it refused this connection. */
  #askedMs = 0;
  /** @type {number | undefined} */
  #retryTimer;
  /** @type {number | undefined} */
  #pingTimer;
  /** @type {number | undefined} */
  #answerTimer;

  /**
   * @param {string} path of the socket on this origin
   * @param {Listener} listener
   */
  constructor(path, listener) {
    const url = new URL(path, window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.url = url.href;
    this.listener = listener;
    window.addEventListener("online", () => this.#retryNow());
  }

  /** Connect, unless connected already. */
  open() {
    window.clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    if (this.#socket) {
      return;
    }
    const socket = new WebSocket(this.url, CONTROL_SUBPROTOCOL);
    this.#socket = socket;
    this.#isWelcome = false;
    this.#askedMs = 0;
    socket.addEventListener("message", (event) => this.#received(socket, event.data));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
    this.#expectAnswer();
  }

  /** Close for good; `open` connects again. */
  close() {
    this.#forget()?.close(CloseCode.NORMAL);
    window.clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  /**
   * Send `message`; false when there is no connection.
   *
   * @param {import("./protocol.js").ClientMessage} message
   */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} data
   */
  #received(socket, data) {
    if (socket !== this.#socket || typeof data !== "string") {
      return;
    }
    this.#heard();
    const message = /** @type {import("./protocol.js").ServerMessage | null} */ (
      parseMessage(data)
    );
    if (message?.type === "welcome") {
      this.#isWelcome = true;
      this.#attempts = 0;
    }
    if (message?.type === "error" && !this.#isWelcome) {
      // It is the connection that was refused, and nothing that the page has asked for.
      this.#askedMs = 1000 * (message.retry_after_s ?? 0);
    } else if (message) {
      this.listener.onMessage(message);
    }
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #closed(socket, code) {
    if (socket !== this.#socket) {
      return;
    }
    this.#forget();
    if (FINAL_CODES.has(code)) {
      this.listener.onClosed(code);
      return;
    }
    const doubled = PAUSE_FIRST_MS * 2 ** Math.min(this.#attempts, 10);
    const base = SLOW_CODES.has(code) ? Math.max(doubled, 5_000) : doubled;
    const pauseMs = this.#askedMs + Math.min(base, PAUSE_MAX_MS) * (0.5 + Math.random());
    this.#attempts += 1;
    this.#retryTimer = window.setTimeout(() => this.open(), pauseMs);
    this.listener.onLost(code);
  }

  #retryNow() {
    if (this.#retryTimer !== undefined) {
      this.open();
    }
  }

  /** Whatever arrives shows that the connection lives; ask again when it has been quiet. */
  #heard() {
    window.clearTimeout(this.#answerTimer);
    window.clearTimeout(this.#pingTimer);
    this.#pingTimer = window.setTimeout(() => {
      this.send({ type: "ping" });
      this.#expectAnswer();
    }, PING_EVERY_MS);
  }

  #expectAnswer() {
    window.clearTimeout(this.#answerTimer);
    const socket = this.#socket;
    this.#answerTimer = window.setTimeout(() => {
      socket?.close();
      // A dead network never reports the close: go on as if it had.
      if (socket) {
        this.#closed(socket, CloseCode.RESTARTING);
      }
    }, ANSWER_WITHIN_MS);
  }

  #forget() {
    window.clearTimeout(this.#pingTimer);
    window.clearTimeout(this.#answerTimer);
    const socket = this.#socket;
    this.#socket = null;
    return socket;
  }
}
