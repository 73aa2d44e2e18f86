/**
 * What the page is doing, and the moves from which every step is made (`step.js`). Pure: no
 * sockets, no clock, no document.
 *
 * Views: entry → lobby → (check →) conversation → barred; `elsewhere` when another tab took over.
 * Within the conversation: searching → talking → ended.
 */

import { CloseCode } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").ServerMessage} ServerMessage
 * @typedef {import("./protocol.js").ClientMessage} ClientMessage
 * @typedef {import("./protocol.js").Relay} Relay
 * @typedef {import("./protocol.js").Wish} Wish
 * @typedef {import("./protocol.js").Missing} Missing
 *
 * @typedef {object} Conversation the live one, or the last one (it can still be reported)
 * @property {string} id
 * @property {string} key for `resume`
 * @property {import("./protocol.js").Mode} mode
 * @property {string[]} common
 * @property {string[]} languages
 *
 * @typedef {object} CameraCheck the one that goes on, or the last one
 * @property {"asking" | "looking" | "failed"} state
 * @property {Missing[] | null} missing the most important first; null before anything was judged
 * @property {number} failures of this browser since it passed
 *
 * @typedef {object} Unfiled
 * @property {string} reason
 * @property {string} note
 * @property {string} conversation
 * @property {boolean} isRefused the server said that it was not filed
 *
 * @typedef {object} State
 * @property {"entry" | "lobby" | "check" | "conversation" | "barred" | "elsewhere"} view
 * @property {"searching" | "talking" | "ended"} phase
 * @property {CameraCheck | null} check
 * @property {boolean} isConnected `welcome` was received on this connection
 * @property {Wish | null} wish
 * @property {Conversation | null} conversation
 * @property {"here" | "reconnecting"} partner
 * @property {{ by: "you" | "partner" | "moderation" | "lost", rule: string | null } | null} ending
 * @property {boolean} isReported the partner of `conversation`
 * @property {boolean} isBlocked likewise
 * @property {Unfiled | null} unfiled the report that nobody has confirmed yet
 * @property {import("./protocol.js").Searching["widened"] | null} widened
 * @property {import("./protocol.js").Welcome | null} welcome
 * @property {import("./protocol.js").Barred | null} bar
 *
 * @typedef {{ type: "entered" }
 *   | { type: "message", message: ServerMessage }
 *   | { type: "start", wish: Wish }
 *   | { type: "check_again" }
 *   | { type: "stop" }
 *   | { type: "next" }
 *   | { type: "lobby" }
 *   | { type: "report", reason: string, note: string, conversation: string }
 *   | { type: "block" }
 *   | { type: "media_lost" }
 *   | { type: "grace_over" }
 *   | { type: "lost" }
 *   | { type: "closed", code: number }
 *   | { type: "come_back" }
 *   | { type: "taken" }
 *   | { type: "barred", bar: import("./protocol.js").Barred }} PageEvent
 *
 * @typedef {{ do: "connect" }
 *   | { do: "send", message: ClientMessage }
 *   | { do: "attach", relay: Relay }
 *   | { do: "detach" }
 *   | { do: "camera_off" }
 *   | { do: "begin", conversation: Conversation }
 *   | { do: "await_grace" }
 *   | { do: "tell", message: ServerMessage }} Effect
 *
 * @typedef {{ state: State, effects: Effect[] }} Step
 */

/**
 * @param {boolean} isEntered the server knows this participant already
 * @returns {State}
 */
export function firstState(isEntered) {
  return {
    view: isEntered ? "lobby" : "entry",
    phase: "ended",
    check: null,
    isConnected: false,
    wish: null,
    conversation: null,
    partner: "here",
    ending: null,
    isReported: false,
    isBlocked: false,
    unfiled: null,
    widened: null,
    welcome: null,
    bar: null,
  };
}

/**
 * @param {State} state
 * @param {ClientMessage} message `seek`, or `next` when a conversation is live
 * @returns {Step}
 */
export function seek(state, message) {
  return to(searching(state), { do: "detach" }, { do: "send", message });
}

/**
 * The camera check, from its beginning; the wish is remembered meanwhile.
 *
 * @param {State} state
 * @returns {Step}
 */
export function check(state) {
  const failures = state.check?.failures ?? 0;
  return to(
    { ...state, view: "check", phase: "ended", check: { state: "asking", missing: null, failures } },
    { do: "detach" },
    { do: "send", message: { type: "check" } },
  );
}

/**
 * @param {State} state
 * @returns {State}
 */
export function searching(state) {
  return { ...state, view: "conversation", phase: "searching", widened: null, ending: null };
}

/**
 * @param {State} state
 * @returns {Step}
 */
export function stop(state) {
  if (state.view !== "conversation" || state.phase === "ended") {
    return to(state);
  }
  const step = over(state, "you", null);
  // Who stops a search leaves nobody.
  const ending = state.phase === "searching" ? null : step.state.ending;
  return to({ ...step.state, ending }, ...step.effects, { do: "send", message: { type: "leave" } });
}

/**
 * @param {State} state
 * @returns {Step}
 */
export function lobby(state) {
  const stopped = stop(state);
  /** @type {Effect[]} */
  const left = state.view === "check" ? [{ do: "detach" }] : stopped.effects;
  return to({ ...stopped.state, view: "lobby" }, ...left, { do: "camera_off" });
}

/**
 * @param {State} state
 * @param {import("./protocol.js").Barred} bar
 * @returns {Step}
 */
export function barred(state, bar) {
  return to(
    { ...state, view: "barred", phase: "ended", bar },
    { do: "detach" },
    { do: "camera_off" },
  );
}

/**
 * The control socket is gone for now. Nothing of the partner's may be shown meanwhile. Each try
 * that fails says so again: the grace period began with the first.
 *
 * @param {State} state
 * @returns {Step}
 */
export function lost(state) {
  if (!state.isConnected) {
    return to(state);
  }
  const next = { ...state, isConnected: false };
  if (state.view === "check") {
    return to(next, { do: "detach" });
  }
  return isTalking(state) ? to(next, { do: "detach" }, { do: "await_grace" }) : to(next);
}

/**
 * @param {State} state
 * @param {number} code
 * @returns {Step}
 */
export function closed(state, code) {
  const next = { ...state, isConnected: false };
  if (state.view === "barred" || code === CloseCode.BARRED) {
    return to(next, { do: "detach" }, { do: "camera_off" });
  }
  const view = code === CloseCode.ENTER_FIRST ? "entry" : "elsewhere";
  return to({ ...next, view, phase: "ended" }, { do: "detach" }, { do: "camera_off" });
}

/**
 * @param {State} state
 * @param {"you" | "partner" | "moderation" | "lost"} by
 * @param {string | null} rule
 * @returns {Step}
 */
export function over(state, by, rule) {
  return to({ ...state, phase: "ended", ending: { by, rule } }, { do: "detach" });
}

/** @param {State} state */
export function isTalking(state) {
  return state.view === "conversation" && state.phase === "talking";
}

/**
 * @param {State} state
 * @param {...Effect} effects
 * @returns {Step}
 */
export function to(state, ...effects) {
  return { state, effects };
}
