/**
 * The wire protocol `parley.v1` as the page speaks it: message types, close codes and media
 * packets. docs/protocol.md says what they mean.
 */

export const CONTROL_SUBPROTOCOL = "parley.v1";
export const MEDIA_SUBPROTOCOL = "parley.media.v1";

export const LINE_MAX_CHARACTERS = 500;
export const NOTE_MAX_CHARACTERS = 1000;
export const INTERESTS_MAX = 10;
export const INTEREST_MAX_CHARACTERS = 40;
export const LANGUAGES_MAX = 5;
export const RESUME_GRACE_MS = 20_000;

/** Close codes of both sockets. */
export const CloseCode = Object.freeze({
  NORMAL: 1000,
  GOING_AWAY: 4001,
  RESTARTING: 4012,
  BAD_MESSAGE: 4400,
  ENTER_FIRST: 4401,
  BARRED: 4403,
  NO_SUCH_THING: 4404,
  TOO_SLOW: 4408,
  OPENED_ELSEWHERE: 4409,
  TOO_LARGE: 4413,
  TOO_MANY: 4429,
  UNAVAILABLE: 4503,
});

/** Reasons of a report, in the order in which the page offers them. */
export const REPORT_REASONS = Object.freeze(
  /** @type {const} */ ([
    "nudity",
    "minor",
    "grooming",
    "sexual_pressure",
    "blackmail",
    "threat",
    "self_harm",
    "hate",
    "harassment",
    "violence",
    "spam",
    "recording",
    "other",
  ]),
);

/** What a packet carries. */
export const Kind = Object.freeze({ KEY: 1, DELTA: 2, AUDIO: 3 });

const HEADER_BYTES = 13;

/**
 * @typedef {"text" | "video"} Mode
 * @typedef {"checking" | "shown" | "held" | "cut"} PictureState
 * @typedef {{ url: string, token: string }} Relay
 * @typedef {{ mode: Mode, interests: string[], languages: string[], only_common: boolean }} Wish
 *
 * @typedef {{ type: "check" }
 *   | { type: "seek" } & Wish
 *   | { type: "leave" }
 *   | { type: "next" }
 *   | { type: "say", id: string, text: string }
 *   | { type: "typing", on: boolean }
 *   | { type: "report", reason: string, note: string, conversation: string }
 *   | { type: "block", conversation: string }
 *   | { type: "relay" }
 *   | { type: "resume", conversation: string, key: string }
 *   | { type: "ping" }} ClientMessage
 *
 * @typedef {{ type: "welcome", participant: string, online: number, video_open: boolean,
 *     camera_check: "needed" | "passed" | "off", restrictions: string[] }} Welcome
 * @typedef {"light" | "clear_view" | "face" | "larger_face" | "clear_face" | "moving_picture"
 *   | "lawful_picture" | "screening"} Missing
 * @typedef {{ type: "check", relay: Relay | null, state: "looking" | "passed" | "failed",
 *     missing: Missing[], until: string | null, failures: number }} CheckAnswer
 * @typedef {{ type: "searching", mode: Mode, waiting_s: number,
 *     widened: "common" | "language" | "anyone" }} Searching
 * @typedef {{ type: "paired", conversation: string, mode: Mode, common: string[],
 *     languages: string[], key: string, relay: Relay | null }} Paired
 * @typedef {{ type: "caution", about: string, detail: string, help_url: string }} Caution
 * @typedef {{ type: "withheld", id: string, rule: string, about: string, detail: string }} Withheld
 * @typedef {{ place: string, name: string, number?: string, url: string }} HelpLine
 * @typedef {{ type: "notice", level: "info" | "warning", rule: string, detail: string,
 *     help_url?: string, help_lines?: HelpLine[], statement?: { code: string, url: string },
 *     appeal_url?: string }} Notice
 * @typedef {{ type: "ended", conversation: string, by: "you" | "partner" | "moderation" | "lost",
 *     rule?: string | null }} Ended
 * @typedef {{ type: "barred", rule: string, until: string | null,
 *     statement: { code: string, url: string } | null, appeal_url: string | null }} Barred
 * @typedef {{ type: "error", code: string, detail: string, retry_after_s?: number,
 *     id?: string, of?: "report" | "block" }} Failure
 *
 * @typedef {Welcome | Searching | Paired | Caution | Withheld | Notice | Ended | Barred | Failure
 *   | { type: "video", open: boolean }
 *   | CheckAnswer
 *   | { type: "relay", url: string, token: string }
 *   | { type: "said", id: string, text: string, at: string }
 *   | { type: "accepted", id: string }
 *   | { type: "typing", on: boolean }
 *   | { type: "partner", state: "here" | "reconnecting" }
 *   | { type: "reported", receipt: string }
 *   | { type: "pong" }} ServerMessage
 *
 * @typedef {{ type: "key_frame" }
 *   | { type: "rate", kbps: number, fps: number, height: number }
 *   | { type: "picture", whose: "you" | "partner", state: PictureState, reason: string | null,
 *       epoch: number }} MediaMessage
 *
 * @typedef {object} Packet
 * @property {number} kind one of `Kind`
 * @property {number} seq the sender's sequence number
 * @property {number} timestampUs the sender's clock, microseconds
 * @property {Uint8Array<ArrayBuffer>} payload one VP8 frame or one Opus packet
 */

/** The one clock of this sender, for sound and picture alike, in microseconds. */
export function nowUs() {
  return Math.round(performance.now() * 1000);
}

/**
 * One packet as it goes over the media socket.
 *
 * @param {number} kind one of `Kind`
 * @param {number} seq
 * @param {number} timestampUs
 * @param {Uint8Array} payload
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodePacket(kind, seq, timestampUs, payload) {
  const data = new Uint8Array(HEADER_BYTES + payload.byteLength);
  const header = new DataView(data.buffer);
  header.setUint8(0, kind);
  header.setUint32(1, seq);
  header.setBigUint64(5, BigInt(timestampUs));
  data.set(payload, HEADER_BYTES);
  return data;
}

/**
 * The packet in `buffer`, or null when it is none.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Packet | null}
 */
export function decodePacket(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) {
    return null;
  }
  const header = new DataView(buffer);
  return {
    kind: header.getUint8(0),
    seq: header.getUint32(1),
    timestampUs: Number(header.getBigUint64(5)),
    payload: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/**
 * The JSON object in a text frame, or null when there is none. Unknown types are the receiver's
 * to ignore.
 *
 * @param {string} text
 * @returns {{ type: string } | null}
 */
export function parseMessage(text) {
  try {
    const message = JSON.parse(text);
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}

/**
 * How long a line is for the server: code points, not UTF-16 units.
 *
 * @param {string} text
 */
export function countCharacters(text) {
  return [...text].length;
}

/**
 * The interests in what somebody typed, separated by commas, as the protocol allows them.
 *
 * @param {string} typed
 * @returns {string[]}
 */
export function parseInterests(typed) {
  const found = typed
    .split(/[,;\n]/)
    .map((interest) => interest.trim().replace(/\s+/g, " ").toLowerCase())
    .filter((interest) => interest && countCharacters(interest) <= INTEREST_MAX_CHARACTERS);
  return [...new Set(found)].slice(0, INTERESTS_MAX);
}
