/**
 * The stage: the partner's picture with its tools, one's own picture, and the words that stand
 * where a picture is not.
 */

import { recall, remember } from "./memory.js";
import { part, tell, write } from "./parts.js";
import { ownHeldWords, partnerHeldWords, qualityWords } from "./wording.js";

/**
 * @typedef {object} Listener
 * @property {(isMuted: boolean) => void} onMutePartner
 * @property {(volume: number) => void} onVolume 0.0–1.0
 * @property {(isHidden: boolean) => void} onHidePartner
 * @property {(isMuted: boolean) => void} onMuteSelf
 */

export class StageView {
  isSoundOn = false;
  #isHidden = false;
  #isSelfMuted = false;
  #isDrawn = false;
  /** @type {{ state: import("./protocol.js").PictureState, reason: string | null }} */
  #partner = { state: "checking", reason: null };

  /**
   * @param {HTMLElement} root
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.listener = listener;
    this.canvas = part(root, "partner-video", HTMLCanvasElement);
    this.curtain = part(root, "curtain", HTMLElement);
    this.words = part(root, "curtain-words", HTMLElement);
    this.quality = part(root, "quality", HTMLElement);
    this.qualityWords = part(root, "quality-words", HTMLElement);
    this.selfVideo = part(root, "self-video", HTMLVideoElement);
    this.selfState = part(root, "self-state", HTMLElement);
    this.selfWords = part(root, "self-words", HTMLElement);
    this.sound = part(root, "sound", HTMLButtonElement);
    this.soundWords = part(root, "sound-words", HTMLElement);
    this.volumeBox = part(root, "volume-box", HTMLElement);
    this.volume = part(root, "volume", HTMLInputElement);
    this.hide = part(root, "hide", HTMLButtonElement);
    this.hideWords = part(root, "hide-words", HTMLElement);
    this.mute = part(root, "mute", HTMLButtonElement);
    this.muteWords = part(root, "mute-words", HTMLElement);
    this.sound.addEventListener("click", () => this.#toggleSound());
    this.hide.addEventListener("click", () => this.#toggleHidden());
    this.mute.addEventListener("click", () => this.#toggleSelf());
    this.volume.addEventListener("input", () => {
      listener.onVolume(Number(this.volume.value) / 100);
    });
  }

  /**
   * The camera is on: show it to its owner.
   *
   * @param {import("./camera.js").Opened} camera
   * @param {boolean} canSendSound
   */
  showSelf(camera, canSendSound) {
    this.selfVideo.srcObject = camera.stream;
    void this.selfVideo.play();
    this.setMicrophone(camera.hasSound && canSendSound);
    this.tellSelf(gettext("Only you see this"));
  }

  hideSelf() {
    this.selfVideo.srcObject = null;
    this.tellSelf("");
  }

  /** @param {boolean} isThere this side can send sound */
  setMicrophone(isThere) {
    this.mute.disabled = !isThere;
    if (!isThere) {
      this.muteWords.textContent = gettext("No microphone");
    } else {
      this.#sayMute();
    }
  }

  /**
   * @param {string} label under one's own picture
   * @param {string} [words] what is wrong with it, and what to do
   */
  tellSelf(label, words = "") {
    write(this.selfState, label);
    tell(this.selfWords, words);
  }

  /**
   * A new conversation. Sound stays off until this listener has turned it on once.
   *
   * @param {boolean} canHear this browser can decode sound
   */
  begin(canHear) {
    this.#partner = { state: "checking", reason: null };
    this.#isDrawn = false;
    if (this.#isHidden) {
      this.#toggleHidden();
    }
    this.sound.hidden = !canHear;
    if (canHear && recall("sound") === "on" && !this.isSoundOn) {
      this.#toggleSound();
    }
  }

  /**
   * @param {"you" | "partner"} whose
   * @param {import("./protocol.js").PictureState} state
   * @param {string | null} reason
   */
  setPicture(whose, state, reason) {
    if (whose === "partner") {
      this.#partner = { state, reason };
      return;
    }
    this.selfVideo.dataset.picture = state;
    switch (state) {
      case "checking":
        this.tellSelf(gettext("Being checked"));
        break;
      case "shown":
        this.tellSelf(gettext("They see you"));
        break;
      case "held":
        this.tellSelf(gettext("Not shown"), ownHeldWords(reason));
        break;
      case "cut":
        this.tellSelf(gettext("Stopped"), gettext("Your picture was stopped: it breaks the rules."));
        break;
    }
  }

  /** @param {import("./quality.js").Word} word how good the connection is */
  setQuality(word) {
    this.quality.dataset.quality = word;
    write(this.qualityWords, qualityWords(word));
  }

  /** @param {boolean} isDrawn the canvas shows a picture */
  setDrawn(isDrawn) {
    this.#isDrawn = isDrawn;
  }

  /** @param {import("./state.js").State} state */
  render(state) {
    const words = this.#curtainWords(state);
    write(this.words, words);
    this.curtain.hidden = words === "";
    this.curtain.dataset.waiting = String(state.phase === "searching");
    const isTalking = state.phase === "talking";
    // Before and after, `partner-state` says the same.
    this.words.setAttribute("aria-live", isTalking ? "polite" : "off");
    this.hide.disabled = !isTalking;
    this.quality.hidden = !isTalking;
    if (!isTalking && this.selfVideo.srcObject) {
      delete this.selfVideo.dataset.picture;
      this.tellSelf(gettext("Only you see this"));
    }
  }

  /**
   * What stands where the partner's picture is not; nothing while it is.
   *
   * @param {import("./state.js").State} state
   */
  #curtainWords(state) {
    if (state.phase === "searching") {
      return gettext("Looking for somebody…");
    }
    if (state.phase === "ended") {
      return gettext("Nobody is here.");
    }
    if (!state.isConnected) {
      return gettext("Your connection is lost. It is being made again.");
    }
    if (state.partner === "reconnecting") {
      return gettext("Their connection is lost. They have a moment to come back.");
    }
    if (this.#isHidden) {
      return gettext("You have hidden their picture. They can still see you.");
    }
    switch (this.#partner.state) {
      case "held":
        return partnerHeldWords(this.#partner.reason);
      case "cut":
        return gettext("Their picture was stopped.");
      case "checking":
        return this.#isDrawn ? "" : gettext("Their picture is being checked.");
      case "shown":
        return this.#isDrawn ? "" : gettext("No picture is coming from the other side.");
    }
  }

  #toggleSound() {
    this.isSoundOn = !this.isSoundOn;
    remember("sound", this.isSoundOn ? "on" : "off");
    this.sound.dataset.on = String(this.isSoundOn);
    this.soundWords.textContent = this.isSoundOn
      ? gettext("Turn sound off")
      : gettext("Turn sound on");
    this.volumeBox.hidden = !this.isSoundOn;
    this.listener.onMutePartner(!this.isSoundOn);
  }

  #toggleHidden() {
    this.#isHidden = !this.#isHidden;
    this.#isDrawn = false;
    this.hide.dataset.on = String(!this.#isHidden);
    this.hideWords.textContent = this.#isHidden ? gettext("Show picture") : gettext("Hide picture");
    this.listener.onHidePartner(this.#isHidden);
  }

  #toggleSelf() {
    this.#isSelfMuted = !this.#isSelfMuted;
    this.mute.dataset.on = String(!this.#isSelfMuted);
    this.#sayMute();
    this.listener.onMuteSelf(this.#isSelfMuted);
  }

  #sayMute() {
    this.muteWords.textContent = this.#isSelfMuted ? gettext("Unmute me") : gettext("Mute me");
  }
}
