/**
 * The media socket: binary packets both ways, acknowledgements, and the relay's own messages.
 *
 * One instance is one attachment: its sequence starts at 0 and it never reconnects. A token is
 * good for one attachment, so whoever wants another asks the control socket for a fresh one.
 */

import {
  CloseCode,
  Kind,
  MEDIA_SUBPROTOCOL,
  decodePacket,
  encodePacket,
  nowUs,
  parseMessage,
} from "./protocol.js";

const ACK_EVERY_MS = 100;

/** Beyond this much waiting in the browser, more video would only arrive late. */
const BUFFERED_MAX_BYTES = 192 * 1024;

/** Behind is who has so much waiting to go out, in ms of what may be sent. */
const BEHIND_MS = 300;

/**
 * The relay refuses what arrives a second later than the first packet did, by its timestamp; part
 * of that second is the network's.
 */
const LATE_MAX_US = 500_000;

/**
 * @typedef {object} Listener
 * @property {() => void} onOpen
 * @property {(packet: import("./protocol.js").Packet) => void} onPacket
 * @property {(message: import("./protocol.js").MediaMessage) => void} onMessage
 * @property {(code: number, askedMs: number) => void} onClosed not called after `close`; how long the
 *   relay asked to stay away, 0 when it didn't
 */

export class MediaSocket {
  #seq = 0;
  /** @type {number | null} */
  #firstLagUs = null;
  #received = -1;
  #acknowledged = -1;
  #acknowledgedAtMs = 0;
  #isMine = true;
  #askedMs = 0;
  /** @type {number | undefined} */
  #ackTimer;

  /**
   * @param {import("./protocol.js").Relay} relay
   * @param {Listener} listener
   */
  constructor(relay, listener) {
    const url = new URL(relay.url, window.location.href);
    url.protocol = url.protocol.replace(/^http/, "ws");
    url.searchParams.set("token", relay.token);
    this.listener = listener;
    this.socket = new WebSocket(url, MEDIA_SUBPROTOCOL);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => this.#isMine && listener.onOpen());
    this.socket.addEventListener("message", (event) => this.#arrived(event.data));
    this.socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  get isOpen() {
    return this.#isMine && this.socket.readyState === WebSocket.OPEN;
  }

  /**
   * Whether the network takes less than `kbps`: another frame would only wait.
   *
   * @param {number} kbps
   */
  isBehind(kbps) {
    return this.socket.bufferedAmount * 8 > kbps * BEHIND_MS;
  }

  /**
   * Send one packet; false when it was dropped, because the socket is not open or the network
   * does not keep up. After a dropped video packet the next one sent must be a key frame.
   *
   * @param {number} kind one of `Kind`
   * @param {number} timestampUs
   * @param {Uint8Array} payload
   */
  send(kind, timestampUs, payload) {
    if (!this.isOpen) {
      return false;
    }
    const lagUs = nowUs() - timestampUs;
    this.#firstLagUs ??= lagUs;
    if (lagUs - this.#firstLagUs > LATE_MAX_US) {
      return false;
    }
    if (kind !== Kind.AUDIO && this.socket.bufferedAmount > BUFFERED_MAX_BYTES) {
      return false;
    }
    this.socket.send(encodePacket(kind, this.#seq, timestampUs, payload));
    this.#seq += 1;
    return true;
  }

  /** Detach; nothing is reported afterwards. */
  close() {
    this.#isMine = false;
    window.clearTimeout(this.#ackTimer);
    this.socket.close(CloseCode.NORMAL);
  }

  /** @param {unknown} data */
  #arrived(data) {
    if (!this.#isMine) {
      return;
    }
    if (data instanceof ArrayBuffer) {
      const packet = decodePacket(data);
      if (packet) {
        // The newest is the highest: the socket keeps the order, and a partner who attaches anew
        // starts again at 0.
        this.#received = packet.seq;
        this.#acknowledge();
        this.listener.onPacket(packet);
      }
    } else if (typeof data === "string") {
      const message =
        /** @type {import("./protocol.js").MediaMessage | import("./protocol.js").Failure | null} */ (
          parseMessage(data)
        );
      if (message?.type === "error") {
        this.#askedMs = 1000 * (message.retry_after_s ?? 0);
      } else if (message) {
        this.listener.onMessage(message);
      }
    }
  }

  /**
   * Acknowledge at most every `ACK_EVERY_MS`. Packets drive this, with a timer only for the last
   * ones: browsers slow timers down to one a second in a tab that is not looked at.
   */
  #acknowledge() {
    const waitMs = this.#acknowledgedAtMs + ACK_EVERY_MS - performance.now();
    if (waitMs > 0) {
      this.#ackTimer ??= window.setTimeout(() => this.#sendAck(), waitMs);
    } else {
      this.#sendAck();
    }
  }

  #sendAck() {
    window.clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.isOpen && this.#received !== this.#acknowledged) {
      this.#acknowledged = this.#received;
      this.#acknowledgedAtMs = performance.now();
      this.socket.send(JSON.stringify({ type: "ack", seq: this.#received }));
    }
  }

  /** @param {number} code */
  #closed(code) {
    window.clearTimeout(this.#ackTimer);
    if (this.#isMine) {
      this.#isMine = false;
      this.listener.onClosed(code, this.#askedMs);
    }
  }
}
