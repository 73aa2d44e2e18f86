/**
 * What an event makes of the page's state: the next state, and the effects to perform. Pure.
 */

import {
  barred,
  check,
  closed,
  firstState,
  isTalking,
  lobby,
  lost,
  over,
  searching,
  seek,
  stop,
  to,
} from "./state.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Step} Step
 * @typedef {import("./state.js").Effect} Effect
 * @typedef {import("./state.js").PageEvent} PageEvent
 * @typedef {import("./protocol.js").ServerMessage} ServerMessage
 */

/**
 * What `event` makes of `state`.
 *
 * @param {State} state
 * @param {PageEvent} event
 * @returns {Step}
 */
export function step(state, event) {
  switch (event.type) {
    case "message":
      return receive(state, event.message);
    case "entered":
      return to({ ...state, view: "lobby" }, { do: "connect" });
    case "barred":
      return barred(state, event.bar);
    case "lost":
      return lost(state);
    case "closed":
      return closed(state, event.code);
    case "taken":
      return to({ ...state, view: "elsewhere" });
    case "come_back":
      return to({ ...firstState(true), welcome: state.welcome }, { do: "connect" });
    case "media_lost":
      return isTalking(state) && state.isConnected
        ? to(state, { do: "send", message: { type: "relay" } })
        : to(state);
    case "grace_over":
      return state.phase === "talking" && !state.isConnected ? over(state, "lost", null) : to(state);
    default:
      return command(state, event);
  }
}

/**
 * What the person in front of the page wants.
 *
 * @param {State} state
 * @param {Extract<PageEvent,
 *   { type: "start" | "check_again" | "stop" | "next" | "lobby" | "report" | "block" }>} event
 * @returns {Step}
 */
function command(state, event) {
  switch (event.type) {
    case "start":
      return start({ ...state, wish: event.wish }, event.wish);
    case "check_again":
      return state.view === "check" ? check(state) : to(state);
    case "next":
      return next(state);
    case "stop":
      return stop(state);
    case "lobby":
      return lobby(state);
    case "report":
      return report(state, event);
    case "block":
      return block(state);
  }
}

/**
 * @param {State} state
 * @param {ServerMessage} message
 * @returns {Step}
 */
function receive(state, message) {
  switch (message.type) {
    case "welcome":
      return welcomed(state, message);
    case "video":
      return to(withVideo(state, message.open));
    case "searching":
      return to(
        { ...state, view: "conversation", phase: "searching", widened: message.widened },
        ...(state.phase === "talking" ? [/** @type {Effect} */ ({ do: "detach" })] : []),
      );
    case "check":
      return checked(state, message);
    case "paired":
      return paired(state, message);
    case "relay":
      return isTalking(state)
        ? to(state, { do: "attach", relay: { url: message.url, token: message.token } })
        : to(state);
    case "partner":
      return isTalking(state) ? to({ ...state, partner: message.state }) : to(state);
    case "ended":
      return state.phase === "talking" && message.conversation === state.conversation?.id
        ? over(state, message.by, message.rule ?? null)
        : to(state);
    case "barred":
      return barred(state, message);
    case "error":
      return failed(state, message);
    case "said":
    case "typing":
      // Lines of a conversation that this side has just left are nobody's any more.
      return isTalking(state) ? to(state, { do: "tell", message }) : to(state);
    case "reported":
      return to({ ...state, isReported: true, unfiled: null }, { do: "tell", message });
    case "accepted":
    case "withheld":
    case "caution":
    case "notice":
      return to(state, { do: "tell", message });
    default:
      return to(state);
  }
}

/**
 * @param {State} state
 * @param {boolean} isOpen whether a video conversation may begin
 * @returns {State}
 */
function withVideo(state, isOpen) {
  return state.welcome
    ? { ...state, welcome: { ...state.welcome, video_open: isOpen } }
    : state;
}

/**
 * @param {State} state
 * @param {import("./protocol.js").Welcome} message
 * @returns {Step}
 */
function welcomed(state, message) {
  const next = { ...state, isConnected: true, welcome: message };
  if (state.unfiled && !state.unfiled.isRefused) {
    // Its answer got lost with the connection; the server files it once.
    const { reason, note, conversation } = state.unfiled;
    const went = welcomed({ ...state, unfiled: null }, message);
    return to(
      { ...went.state, unfiled: state.unfiled },
      ...went.effects,
      { do: "send", message: { type: "report", reason, note, conversation } },
    );
  }
  if (state.view === "check" && state.check?.state !== "failed" && state.wish) {
    // The server knows nothing of the check that an older connection began.
    return start(next, state.wish);
  }
  if (state.view !== "conversation") {
    return to(next);
  }
  if (state.phase === "talking" && state.conversation) {
    const { id, key } = state.conversation;
    return to(next, { do: "send", message: { type: "resume", conversation: id, key } });
  }
  if (state.phase === "searching" && state.wish) {
    return to(next, { do: "send", message: { type: "seek", ...state.wish } });
  }
  return to(next);
}

/**
 * @param {State} state
 * @param {import("./protocol.js").Wish} wish
 * @returns {Step}
 */
function start(state, wish) {
  const isNeeded = wish.mode === "video" && state.welcome?.camera_check === "needed";
  return isNeeded ? check(state) : seek(state, { type: "seek", ...wish });
}

/**
 * How the camera check goes; once it has passed, the search begins by itself.
 *
 * @param {State} state
 * @param {import("./protocol.js").CheckAnswer} message
 * @returns {Step}
 */
function checked(state, message) {
  const { missing, failures, relay } = message;
  if (message.state === "passed") {
    const next = { ...state, check: null, welcome: withCheck(state, "passed") };
    return state.view === "check" && state.wish ? start(next, state.wish) : to(next);
  }
  if (state.view !== "check") {
    return to(state);
  }
  if (message.state === "failed") {
    return to({ ...state, check: { state: "failed", missing, failures } }, { do: "detach" });
  }
  /** @type {Effect[]} */
  const effects = relay ? [{ do: "attach", relay }] : [];
  return to({ ...state, check: { state: "looking", missing: relay ? null : missing, failures } }, ...effects);
}

/**
 * @param {State} state
 * @param {"needed" | "passed"} standing
 */
function withCheck(state, standing) {
  return state.welcome && { ...state.welcome, camera_check: standing };
}

/**
 * @param {State} state
 * @param {import("./protocol.js").Paired} message
 * @returns {Step}
 */
function paired(state, message) {
  const isResumed = state.phase === "talking" && state.conversation?.id === message.conversation;
  if (state.phase === "ended") {
    // Stopped in the same moment: `leave` is on its way and ends it on the server, too.
    return to(state);
  }
  const conversation = {
    id: message.conversation,
    key: message.key,
    mode: message.mode,
    common: message.common ?? [],
    languages: message.languages ?? [],
  };
  /** @type {Effect[]} */
  const effects = isResumed ? [] : [{ do: "begin", conversation }];
  if (message.relay) {
    effects.push({ do: "attach", relay: message.relay });
  }
  return to(
    {
      ...state,
      view: "conversation",
      phase: "talking",
      conversation,
      partner: "here",
      ending: null,
      isReported: isResumed && state.isReported,
      isBlocked: isResumed && state.isBlocked,
    },
    ...effects,
  );
}

/**
 * @param {State} state
 * @returns {Step}
 */
function next(state) {
  if (state.view !== "conversation" || !state.wish || state.phase === "searching") {
    return to(state);
  }
  if (!state.isConnected) {
    // `welcome` begins the search.
    return to(searching(state), { do: "detach" }, { do: "connect" });
  }
  return seek(
    state,
    state.phase === "talking" ? { type: "next" } : { type: "seek", ...state.wish },
  );
}

/**
 * A live conversation ends with the report: the server says so, and the page does not wait for it
 * with the picture. What was written is kept until the server has confirmed it.
 *
 * @param {State} state
 * @param {Extract<PageEvent, { type: "report" }>} event
 * @returns {Step}
 */
function report(state, { reason, note, conversation }) {
  const filing = { ...state, unfiled: { reason, note, conversation, isRefused: false } };
  /** @type {Effect} */
  const send = { do: "send", message: { type: "report", reason, note, conversation } };
  if (state.phase !== "talking" || state.conversation?.id !== conversation) {
    return to(filing, send);
  }
  const ended = over(filing, "you", null);
  return to(ended.state, ...ended.effects, send);
}

/**
 * @param {State} state
 * @returns {Step}
 */
function block(state) {
  if (!state.conversation) {
    return to(state);
  }
  const stopped = stop(state);
  return to(
    { ...stopped.state, isBlocked: true },
    { do: "send", message: { type: "block", conversation: state.conversation.id } },
    ...stopped.effects,
  );
}

/**
 * @param {State} state
 * @param {import("./protocol.js").Failure} message
 * @returns {Step}
 */
function failed(state, message) {
  if (message.of) {
    // A complaint that was not filed says nothing about what goes on by now.
    const isReport = message.of === "report" && state.unfiled;
    const next = isReport
      ? { ...state, unfiled: { ...isReport, isRefused: true } }
      : { ...state, isBlocked: false };
    return to(next, { do: "tell", message });
  }
  if (message.code === "no_such_conversation" && state.phase === "talking") {
    return over(state, "lost", null);
  }
  if (message.code === "video_closed") {
    state = withVideo(state, false);
  }
  if (state.phase === "searching" && message.code === "camera_check") {
    // What was passed counts for ten minutes.
    return check({ ...state, welcome: withCheck(state, "needed") });
  }
  const isRefused = ["video_closed", "restricted"].includes(message.code);
  if (state.view === "check" && !isRefused) {
    const failures = state.check?.failures ?? 0;
    return to(
      { ...state, check: { state: "failed", missing: null, failures } },
      { do: "detach" },
      { do: "tell", message },
    );
  }
  if ((state.phase === "searching" || state.view === "check") && isRefused) {
    const step = lobby({ ...state, phase: "ended" });
    return to(step.state, ...step.effects, { do: "tell", message });
  }
  if (state.phase === "searching" && ["slow_down", "unavailable"].includes(message.code)) {
    return to({ ...state, phase: "ended", ending: null }, { do: "tell", message });
  }
  return to(state, { do: "tell", message });
}
