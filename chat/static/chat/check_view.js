/**
 * The camera check: one's own picture in a frame, what is fine already, and what to do about what
 * is missing.
 */

import { part, tell, write } from "./parts.js";
import { checkHelpWords, checkWords } from "./wording.js";

/** From so many failures on, text and help are offered. */
const FAILURES_UNTIL_HELP = 3;

/**
 * What is shown as a step, and what of `missing` speaks against it. A step is open as long as one
 * before it is missing: without a face nobody knows how large it is.
 *
 * @type {ReadonlyArray<{ name: string, missing: ReadonlyArray<import("./protocol.js").Missing> }>}
 */
const STEPS = Object.freeze([
  { name: "view", missing: ["light", "clear_view"] },
  { name: "face", missing: ["face"] },
  { name: "clear", missing: ["larger_face", "clear_face"] },
  { name: "moving", missing: ["moving_picture"] },
]);

/**
 * @typedef {object} Listener
 * @property {() => void} onAgain
 * @property {() => void} onText talk by text instead
 * @property {() => void} onBack
 */

export class CheckView {
  /**
   * @param {HTMLElement} root the view
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.root = root;
    this.video = part(root, "check-video", HTMLVideoElement);
    this.words = part(root, "check-words", HTMLElement);
    this.steps = part(root, "check-steps", HTMLElement);
    this.again = part(root, "check-again", HTMLButtonElement);
    this.text = part(root, "check-text", HTMLButtonElement);
    this.help = part(root, "check-help", HTMLElement);
    this.helpWords = part(root, "check-help-words", HTMLElement);
    this.again.addEventListener("click", () => listener.onAgain());
    this.text.addEventListener("click", () => listener.onText());
    part(root, "check-back", HTMLButtonElement).addEventListener("click", () => listener.onBack());
  }

  /** @param {string} words why there is no check just now */
  say(words) {
    write(this.words, words);
  }

  /** @param {import("./state.js").State} state */
  render({ check, isConnected }) {
    if (!check) {
      return;
    }
    this.root.dataset.state = check.state;
    // Without anything to say of the picture, the words that came with the refusal stay.
    if (check.state !== "failed" || check.missing) {
      write(this.words, checkWords(check));
    }
    const hasFailed = check.state === "failed";
    const hadFocus = document.activeElement === this.again;
    this.again.hidden = !hasFailed;
    this.again.disabled = !isConnected;
    if (hadFocus && !hasFailed) {
      this.words.focus({ preventScroll: true });
    }
    const isHelpOffered = hasFailed && check.failures >= FAILURES_UNTIL_HELP;
    const wasOffered = !this.help.hidden;
    this.help.hidden = !isHelpOffered;
    tell(this.helpWords, isHelpOffered ? checkHelpWords(check.failures) : "");
    if (isHelpOffered && !wasOffered) {
      this.help.scrollIntoView({ block: "nearest" });
    }
    this.#showSteps(check.missing);
  }

  /** @param {import("./protocol.js").Missing[] | null} missing */
  #showSteps(missing) {
    let isOpen = missing === null || missing.includes("screening");
    for (const { name, missing: against } of STEPS) {
      const isMissing = !isOpen && against.some((one) => missing?.includes(one));
      const step = part(this.steps, `check-${name}`, HTMLElement);
      step.dataset.step = isOpen ? "open" : isMissing ? "missing" : "done";
      write(part(step, "check-mark", HTMLElement), markWords(step.dataset.step));
      isOpen ||= isMissing;
    }
  }
}

/**
 * What the sign before a step says to those who do not see it.
 *
 * @param {string} mark
 */
function markWords(mark) {
  switch (mark) {
    case "done":
      return gettext("Fine:");
    case "missing":
      return gettext("Missing:");
    default:
      return "";
  }
}
