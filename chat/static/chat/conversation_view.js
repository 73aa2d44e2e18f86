/**
 * The conversation's frame: what is going on in words, and the buttons that change it.
 */

import { part, write } from "./parts.js";
import { endingWords, languageName } from "./wording.js";

/**
 * @typedef {object} Listener
 * @property {() => void} onStop
 * @property {() => void} onNext
 * @property {() => void} onLobby
 * @property {() => void} onReport
 * @property {() => void} onBlock
 */

export class ConversationView {
  #isOver = false;

  /**
   * @param {HTMLElement} root
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.root = root;
    this.partnerState = part(root, "partner-state", HTMLElement);
    this.partnerMore = part(root, "partner-more", HTMLElement);
    this.stop = part(root, "stop", HTMLButtonElement);
    this.stopWords = part(root, "stop-words", HTMLElement);
    this.stopKey = part(root, "stop-key", HTMLElement);
    this.next = part(root, "next", HTMLButtonElement);
    this.nextKey = part(root, "next-key", HTMLElement);
    this.report = part(root, "report", HTMLButtonElement);
    this.block = part(root, "block", HTMLButtonElement);
    this.stop.addEventListener("click", () => (this.#isOver ? listener.onLobby() : listener.onStop()));
    this.next.addEventListener("click", () => listener.onNext());
    this.report.addEventListener("click", () => listener.onReport());
    this.block.addEventListener("click", () => listener.onBlock());
  }

  /** @param {import("./state.js").State} state */
  render(state) {
    // Asked before anything closes: some browsers take the focus away at once.
    const { activeElement } = document;
    this.root.dataset.phase = state.phase;
    this.root.dataset.mode = state.wish?.mode ?? "text";
    this.#isOver = state.phase === "ended";
    write(this.partnerState, stateWords(state));
    write(this.partnerMore, moreWords(state));
    write(this.stopWords, this.#isOver ? gettext("Back") : gettext("Stop"));
    this.stopKey.hidden = this.#isOver;
    this.nextKey.hidden = !this.#isOver;
    this.next.disabled = state.phase === "searching";
    const hasPartner = state.phase === "talking" || (this.#isOver && state.conversation !== null);
    this.report.disabled = !hasPartner || !state.isConnected || state.isReported;
    this.block.disabled = this.report.disabled || state.isBlocked;
    this.#keepFocus(activeElement);
  }

  /**
   * A button that was just pressed and closes under the focus hands it to the words above.
   *
   * @param {Element | null} activeElement
   */
  #keepFocus(activeElement) {
    if (activeElement instanceof HTMLButtonElement && activeElement.disabled) {
      this.partnerState.focus({ preventScroll: true });
    }
  }
}

/**
 * What is going on, in one sentence.
 *
 * @param {import("./state.js").State} state
 */
function stateWords(state) {
  if (!state.isConnected) {
    return gettext("Your connection is lost. Trying again…");
  }
  switch (state.phase) {
    case "searching":
      return gettext("Looking for somebody…");
    case "ended":
      return state.ending
        ? endingWords(state.ending, state.conversation?.mode ?? "text")
        : gettext("You are not talking with anybody.");
    case "talking":
      return state.partner === "here"
        ? gettext("You are talking with a stranger.")
        : gettext("The stranger's connection is lost. They have a moment to come back.");
  }
}

/**
 * What to do next, or what the two have in common.
 *
 * @param {import("./state.js").State} state
 */
function moreWords(state) {
  if (!state.isConnected) {
    return offlineWords(state.phase);
  }
  switch (state.phase) {
    case "searching":
      return searchWords(state);
    case "ended":
      return nextWords(state);
    case "talking":
      return commonWords(state.conversation);
  }
}

/** @param {import("./state.js").State["phase"]} phase */
function offlineWords(phase) {
  switch (phase) {
    case "searching":
      return gettext("The search goes on as soon as it is back.");
    case "talking":
      return gettext("The conversation is kept for a moment.");
    case "ended":
      return gettext("Go on to the next person, or go back.");
  }
}

/** @param {import("./state.js").State} state */
function nextWords(state) {
  if (state.conversation === null || state.isReported) {
    return gettext("Go on to the next person, or go back.");
  }
  return state.isBlocked
    ? gettext("Go on to the next person, or go back. You can still report the last one.")
    : gettext("Go on to the next person, or go back. You can still report or block the last one.");
}

/** @param {import("./state.js").State} state */
function searchWords(state) {
  if (state.wish?.only_common) {
    return gettext("Only among people who share an interest with you. This may take long.");
  }
  switch (state.widened) {
    case "common":
      return gettext("First among people who share an interest with you.");
    case "language":
      return gettext("Among people who share a language with you.");
    default:
      return gettext("You will be brought together with the next one who comes.");
  }
}

/** @param {import("./state.js").Conversation | null} conversation */
function commonWords(conversation) {
  const common = conversation?.common ?? [];
  if (common.length > 0) {
    return interpolate(
      gettext("You both like: %(interests)s."),
      { interests: common.join(", ") },
      true,
    );
  }
  const languages = conversation?.languages ?? [];
  if (languages.length > 0) {
    return interpolate(
      gettext("You both speak: %(languages)s."),
      { languages: languages.map(languageName).join(", ") },
      true,
    );
  }
  return "";
}
