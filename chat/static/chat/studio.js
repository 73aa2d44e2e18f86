/**
 * The studio: camera, call and stage of this side together, for as long as a person wants video.
 */

import { Call } from "./call.js";
import { Camera } from "./camera.js";
import { CloseCode } from "./protocol.js";
import { StageView } from "./stage_view.js";
import { mediaLostWords } from "./wording.js";

const TRIES_MAX = 5;
const PAUSE_MS = 500;

/** A plain close mostly means that the conversation is over, and `ended` is on its way. */
const PAUSE_AFTER_PLAIN_MS = 2_000;

/**
 * @typedef {object} Listener
 * @property {(words: string) => void} onStopped video cannot go on, and why
 * @property {(words: string) => void} onNotice
 * @property {() => void} onRelayWanted the media socket is gone: another token, please
 * @property {() => void} onGivenUp the media socket does not come back
 */

export class Studio {
  /** @type {import("./state.js").State | null} */
  #state = null;
  #tries = 0;
  /** @type {number | undefined} */
  #retryTimer;

  /**
   * @param {HTMLElement} root
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.listener = listener;
    /** @type {import("./features.js").Features} */
    this.features = { picture: false, soundOut: false, soundIn: false };
    this.stage = new StageView(root, {
      onMutePartner: (isMuted) => this.call.sound.setMuted(isMuted),
      onVolume: (volume) => this.call.sound.setVolume(volume),
      onHidePartner: (isHidden) => this.call.setHidden(isHidden),
      onMuteSelf: (isMuted) => this.call.soundOut.setMuted(isMuted),
    });
    this.call = new Call(this.stage.canvas, {
      onPicture: (whose, state, reason) => this.#pictured(whose, state, reason),
      onDrawn: (isDrawn) => {
        this.stage.setDrawn(isDrawn);
        this.#draw();
      },
      onLost: (code, askedMs) => this.#lost(code, askedMs),
      onFailed: (what) => this.#failed(what),
      onQuality: (word) => this.stage.setQuality(word),
    });
    this.camera = new Camera(() =>
      listener.onStopped(
        gettext("The camera stopped, so the conversation ended. Connect it and start again."),
      ),
    );
  }

  get isSoundOn() {
    return this.stage.isSoundOn;
  }

  /**
   * Camera on. The encoder runs from here on, so that it is warm when the media socket opens: what
   * it makes before that is thrown away. Throws `CameraError`.
   */
  async open() {
    const opened = await this.camera.open(this.features.soundOut);
    this.stage.showSelf(opened, this.features.soundOut);
    this.#encode(opened.stream, this.stage.selfVideo);
    if (opened.hasSound && this.features.soundOut) {
      void this.call.soundOut.start(opened.stream);
    }
  }

  /** Camera and microphone off. */
  close() {
    this.call.pictureOut.stop();
    this.call.soundOut.stop();
    this.camera.close();
    this.stage.hideSelf();
  }

  /** A new conversation. */
  begin() {
    this.#tries = 0;
    this.call.reset();
    this.stage.begin(this.features.soundIn);
  }

  /**
   * Show one's own picture in `video`, too, and take what is sent from there: a browser may stop
   * the frames of a picture that isn't on the page.
   *
   * @param {HTMLVideoElement} video
   */
  openMirror(video) {
    const stream = this.stage.selfVideo.srcObject;
    video.srcObject = stream;
    void video.play();
    this.#encode(stream, video);
  }

  /** @param {HTMLVideoElement} video as it was opened */
  closeMirror(video) {
    video.srcObject = null;
    this.#encode(this.stage.selfVideo.srcObject, this.stage.selfVideo);
  }

  /**
   * @param {MediaProvider | null} stream
   * @param {HTMLVideoElement} video shows it
   */
  #encode(stream, video) {
    const track = stream instanceof MediaStream ? stream.getVideoTracks()[0] : undefined;
    if (track) {
      this.call.pictureOut.start(track, video);
    }
  }

  /**
   * @param {import("./protocol.js").Relay} relay
   * @param {boolean} sendsSound
   */
  attach(relay, sendsSound) {
    this.call.attach(relay, sendsSound);
  }

  /** Leave the relay; nothing of the partner's stays. */
  detach() {
    window.clearTimeout(this.#retryTimer);
    this.call.detach();
  }

  /** @param {import("./state.js").State} state */
  render(state) {
    this.#state = state;
    this.#draw();
  }

  #draw() {
    if (this.#state) {
      this.stage.render(this.#state);
    }
  }

  /**
   * @param {"you" | "partner"} whose
   * @param {import("./protocol.js").PictureState} state
   * @param {string | null} reason
   */
  #pictured(whose, state, reason) {
    if (state === "shown") {
      this.#tries = 0;
    }
    this.stage.setPicture(whose, state, reason);
    this.#draw();
  }

  /**
   * @param {number} code
   * @param {number} askedMs
   */
  #lost(code, askedMs) {
    if (code === CloseCode.BARRED || code === CloseCode.OPENED_ELSEWHERE) {
      // The control socket says what has happened.
      return;
    }
    if (code !== CloseCode.NORMAL) {
      this.listener.onNotice(mediaLostWords(code));
    }
    if (this.#tries >= TRIES_MAX) {
      this.listener.onGivenUp();
      return;
    }
    const firstMs = code === CloseCode.NORMAL ? PAUSE_AFTER_PLAIN_MS : PAUSE_MS;
    const pauseMs = askedMs + firstMs * 2 ** this.#tries * (0.5 + Math.random());
    this.#tries += 1;
    this.#retryTimer = window.setTimeout(() => this.listener.onRelayWanted(), pauseMs);
  }

  /** @param {"picture" | "sound"} what */
  #failed(what) {
    if (what === "sound") {
      this.stage.setMicrophone(false);
    } else {
      this.listener.onStopped(
        gettext("This browser stopped encoding the picture. Start again, or choose text."),
      );
    }
  }
}
