/**
 * The lobby: text or camera, interests, start. What was chosen last is there again.
 */

import { chosenLanguages } from "./entry_view.js";
import { recall, remember } from "./memory.js";
import { part, tell, write } from "./parts.js";
import { parseInterests } from "./protocol.js";

/**
 * @typedef {object} Listener
 * @property {(wish: import("./protocol.js").Wish) => void} onStart
 * @property {() => void} onForget
 */

export class LobbyView {
  #isOpening = false;
  #isConnected = false;
  /** Start was pressed before the server answered. */
  #isWaiting = false;
  /** @type {string | null} */
  #closedWords = null;
  /** What the server keeps, as a `seek` message. */
  #kept = "";
  /** Video was chosen last, and is chosen again as soon as it can be. */
  #prefersVideo = false;

  /**
   * @param {HTMLElement} root
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.listener = listener;
    this.form = part(root, "lobby-form", HTMLFormElement);
    this.text = part(root, "mode-text", HTMLInputElement);
    this.video = part(root, "mode-video", HTMLInputElement);
    this.videoNote = part(root, "video-note", HTMLElement);
    this.interests = part(root, "interests", HTMLInputElement);
    this.onlyCommon = part(root, "only-common", HTMLInputElement);
    this.onlyCommonHelp = part(root, "only-common-help", HTMLElement);
    this.start = part(root, "start", HTMLButtonElement);
    this.online = part(root, "online", HTMLElement);
    this.error = part(root, "lobby-error", HTMLElement);
    this.openWords = this.videoNote.textContent ?? "";
    this.onlyCommonWords = this.onlyCommonHelp.textContent ?? "";
    this.interests.value = recall("interests") ?? "";
    this.#kept = root.dataset.wish ?? "";
    this.#preset();
    this.#offerOnlyCommon();
    this.interests.addEventListener("input", () => this.#offerOnlyCommon());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    part(root, "forget", HTMLButtonElement).addEventListener("click", () => listener.onForget());
  }

  /** @param {string} words why the last start did not work, or nothing */
  say(words) {
    tell(this.error, words);
    if (words) {
      this.error.scrollIntoView({ block: "nearest" });
    }
  }

  /** @param {boolean} isOpening the camera is being asked for */
  setOpening(isOpening) {
    this.#isOpening = isOpening;
  }

  /**
   * Whether video can be chosen, and if not, why.
   *
   * @param {import("./features.js").Features} features
   * @param {boolean} isVideoOpen
   */
  setVideo(features, isVideoOpen) {
    const wasClosed = this.#closedWords !== null;
    if (!features.picture) {
      this.#closedWords = gettext(
        "This browser cannot send checked pictures (it lacks WebCodecs for VP8). Text works. For video, try a current Chrome, Edge, Firefox or Safari.",
      );
    } else if (!isVideoOpen) {
      this.#closedWords = gettext(
        "Closed just now: pictures cannot be checked quickly enough, or the operator has closed it. Text is open.",
      );
    } else {
      this.#closedWords = null;
    }
    if (wasClosed && this.#closedWords === null) {
      // What was refused because of it can be had again.
      this.say("");
    }
    this.video.disabled = this.#closedWords !== null;
    if (this.video.disabled && this.video.checked) {
      this.text.checked = true;
      // Who had chosen it has it chosen again once it opens.
      this.#prefersVideo = true;
    } else if (!this.video.disabled && this.#prefersVideo) {
      this.video.checked = true;
      this.#prefersVideo = false;
    }
    const silentWords = gettext("This browser sends no sound.");
    const openWords = features.soundOut ? this.openWords : `${this.openWords} ${silentWords}`;
    this.videoNote.textContent = this.#closedWords ?? openWords;
  }

  /** @param {import("./state.js").State} state */
  render(state) {
    this.#isConnected = state.isConnected;
    if (state.view !== "lobby") {
      this.#isWaiting = false;
    }
    if (this.#isWaiting && state.isConnected) {
      this.#isWaiting = false;
      // After this rendering, since a start renders anew.
      queueMicrotask(() => this.#submit());
    }
    this.start.setAttribute("aria-disabled", String(this.#isOpening || this.#isWaiting));
    this.#sayStart();
    const online = state.welcome?.online ?? 0;
    if (!state.isConnected) {
      write(this.online, gettext("Connecting…"));
    } else if (online > 1) {
      const words = ngettext("%(count)s person is here.", "%(count)s people are here.", online);
      write(this.online, interpolate(words, { count: online.toLocaleString() }, true));
    } else {
      write(this.online, gettext("You are the first one here."));
    }
  }

  /** Without an interest there is none to have in common. */
  #offerOnlyCommon() {
    const hasInterests = parseInterests(this.interests.value).length > 0;
    this.onlyCommon.disabled = !hasInterests;
    this.onlyCommonHelp.textContent = hasInterests
      ? this.onlyCommonWords
      : gettext("Once you have named an interest.");
  }

  #sayStart() {
    if (this.#isOpening) {
      this.start.textContent = gettext("Opening the camera…");
    } else if (this.#isWaiting) {
      this.start.textContent = gettext("Starts when connected…");
    } else {
      this.start.textContent = gettext("Start");
    }
  }

  #submit() {
    if (this.#isOpening || this.#isWaiting) {
      return;
    }
    this.say("");
    remember("interests", this.interests.value);
    if (!this.#isConnected) {
      this.#isWaiting = true;
      this.start.setAttribute("aria-disabled", "true");
      this.#sayStart();
      return;
    }
    /** @type {import("./protocol.js").Wish} */
    const wish = {
      mode: this.video.checked ? "video" : "text",
      interests: parseInterests(this.interests.value),
      languages: chosenLanguages(),
      only_common: this.onlyCommon.checked && !this.onlyCommon.disabled,
    };
    this.#prefersVideo = false;
    this.#keep(wish);
    this.listener.onStart(wish);
  }

  #preset() {
    if (this.#kept === "") {
      return;
    }
    /** @type {import("./protocol.js").Wish} */
    const wish = JSON.parse(this.#kept);
    this.interests.value = wish.interests.join(", ");
    this.onlyCommon.checked = wish.only_common;
    this.#prefersVideo = wish.mode === "video";
    remember("languages", wish.languages.join(" "));
  }

  /**
   * Have the server keep the wish for the next visit; a failure costs nothing.
   *
   * @param {import("./protocol.js").Wish} wish
   */
  #keep(wish) {
    const body = JSON.stringify({ type: "seek", ...wish });
    if (body !== this.#kept) {
      this.#kept = body;
      fetch("/me/preferences/", { method: "POST", body, keepalive: true }).catch(() => {
        this.#kept = "";
      });
    }
  }
}
