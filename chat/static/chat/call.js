/**
 * The pictures and the sound of one conversation: media socket, encoders and players together.
 *
 * It obeys the relay: nothing of the partner's is drawn or heard while their picture is held or
 * cut, and when packets stop coming the canvas goes blank (invariants I2 and I4).
 */

import { PictureEncoder } from "./encoder.js";
import { MediaSocket } from "./media_socket.js";
import { PicturePlayer } from "./player.js";
import { Kind } from "./protocol.js";
import { Quality } from "./quality.js";
import { SoundEncoder } from "./sound_encoder.js";
import { SoundPlayer } from "./sound_player.js";

const SILENT_MAX_MS = 2_000;
const WATCH_EVERY_MS = 250;
/** @typedef {{ readonly kbps: number, readonly fps: number, readonly height: number }} Rate */

/** @type {Rate} */
const CHECKING_RATE = Object.freeze({ kbps: 500, fps: 10, height: 480 });
/** @type {Rate} */
const SHOWN_RATE = Object.freeze({ kbps: 800, fps: 20, height: 480 });

/**
 * @typedef {object} Listener
 * @property {(whose: "you" | "partner", state: import("./protocol.js").PictureState,
 *   reason: string | null) => void} onPicture
 * @property {(isDrawn: boolean) => void} onDrawn the canvas shows a picture, or went blank
 * @property {(code: number, askedMs: number) => void} onLost the media socket is gone; how long
 *   the relay asked to stay away
 * @property {(what: "picture" | "sound") => void} onFailed an encoder gave up
 * @property {(word: import("./quality.js").Word) => void} onQuality how good the connection is
 */

export class Call {
  /** @type {MediaSocket | null} */
  #socket = null;
  #heardAtMs = 0;
  #mayPlay = false;
  /** @type {number | undefined} */
  #watch;
  #sendsSound = true;
  /** @type {Rate | null} */
  #asked = null;
  #own = CHECKING_RATE;
  #quality = new Quality();

  /**
   * @param {HTMLCanvasElement} canvas for the partner
   * @param {Listener} listener
   */
  constructor(canvas, listener) {
    this.canvas = canvas;
    this.listener = listener;
    this.sound = new SoundPlayer();
    this.picture = new PicturePlayer(
      canvas,
      (isFirst) => this.#drew(isFirst),
      () => this.sound.offsetMs,
    );
    /** @type {import("./encoder.js").SendPacket} */
    const send = (kind, timestampUs, payload) =>
      (this.#sendsSound || kind !== Kind.AUDIO) &&
      (this.#socket?.send(kind, timestampUs, payload) ?? false);
    this.pictureOut = new PictureEncoder(
      send,
      (kbps) => this.#socket?.isBehind(kbps) ?? false,
      () => listener.onFailed("picture"),
    );
    this.soundOut = new SoundEncoder(send, () => listener.onFailed("sound"));
  }

  /**
   * Attach to the relay. The encoder must be running by now: its next frame, a key frame, is the
   * first packet.
   *
   * @param {import("./protocol.js").Relay} relay
   * @param {boolean} sendsSound
   */
  attach(relay, sendsSound) {
    this.detach();
    this.#sendsSound = sendsSound;
    this.#setPicture("partner", "checking", null);
    this.#setPicture("you", "checking", null);
    this.#asked = null;
    this.#socket = new MediaSocket(relay, {
      onOpen: () => {
        this.pictureOut.setLive(true);
        this.#quality.setLost(false);
      },
      onPacket: (packet) => this.#play(packet),
      onMessage: (message) => this.#obey(message),
      onClosed: (code, askedMs) => {
        this.detach();
        this.#quality.setLost(true);
        this.#tellQuality();
        this.listener.onLost(code, askedMs);
      },
    });
    this.#heardAtMs = performance.now();
    this.#watch = window.setInterval(() => this.#look(), WATCH_EVERY_MS);
  }

  /** Leave the relay and blank what is shown. Own camera and encoders keep running. */
  detach() {
    this.#socket?.close();
    this.#socket = null;
    this.pictureOut.setLive(false);
    this.#mayPlay = false;
    window.clearInterval(this.#watch);
    this.blank();
    if (this.canvas.dataset.picture === "shown") {
      this.canvas.dataset.picture = "checking";
    }
  }

  /** A new conversation: nothing of the last one stays, and frames are counted from 0. */
  reset() {
    this.blank();
    this.picture.reset();
    this.#quality = new Quality();
    this.#tellQuality();
  }

  /** @param {boolean} isHidden the listener does not want to see the partner */
  setHidden(isHidden) {
    this.picture.setHidden(isHidden);
    this.listener.onDrawn(false);
  }

  /** Empty picture and sound, now. */
  blank() {
    this.picture.blank();
    this.sound.silence();
    this.listener.onDrawn(false);
  }

  /** @param {import("./protocol.js").Packet} packet */
  #play(packet) {
    if (!this.#mayPlay) {
      return;
    }
    this.#quality.arrived(packet.seq, packet.kind === Kind.AUDIO, performance.now());
    if (packet.kind === Kind.AUDIO) {
      // Without a picture that is being shown there is nothing to hear either.
      if (this.picture.isPlaying) {
        this.sound.push(packet);
      }
      return;
    }
    this.#heardAtMs = performance.now();
    this.picture.push(packet);
  }

  /** @param {import("./protocol.js").MediaMessage} message */
  #obey(message) {
    switch (message.type) {
      case "key_frame":
        this.pictureOut.requestKeyFrame();
        break;
      case "rate":
        this.#asked = { kbps: message.kbps, fps: message.fps, height: message.height };
        this.#applyRate();
        break;
      case "picture":
        this.#setPicture(message.whose, message.state, message.reason ?? null);
        break;
    }
  }

  /**
   * @param {"you" | "partner"} whose
   * @param {import("./protocol.js").PictureState} state
   * @param {string | null} reason
   */
  #setPicture(whose, state, reason) {
    const isStopped = state === "held" || state === "cut";
    if (whose === "partner") {
      this.#mayPlay = !isStopped;
      if (isStopped) {
        this.blank();
      }
      this.#quality.setShown(state === "shown", performance.now());
      this.canvas.dataset.picture = state;
    } else {
      this.#own = state === "shown" ? SHOWN_RATE : CHECKING_RATE;
      this.#applyRate();
    }
    this.listener.onPicture(whose, state, reason);
  }

  #applyRate() {
    const own = this.#own;
    const { kbps, fps, height } = this.#asked ?? own;
    this.pictureOut.setRate(
      Math.min(kbps, own.kbps),
      Math.min(fps, own.fps),
      Math.min(height, own.height),
    );
    this.#quality.setAsked(this.#asked?.kbps ?? Infinity);
  }

  /** @param {boolean} isFirst */
  #drew(isFirst) {
    this.#quality.drawn(performance.now());
    if (isFirst) {
      this.listener.onDrawn(true);
    }
  }

  #look() {
    if (this.picture.isPlaying && performance.now() - this.#heardAtMs > SILENT_MAX_MS) {
      this.blank();
    }
    this.#tellQuality();
  }

  #tellQuality() {
    this.listener.onQuality(this.#quality.word(performance.now()));
  }
}
