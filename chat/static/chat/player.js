/**
 * The partner's picture: VP8 packets become what is drawn on the canvas.
 *
 * `blank` is the page's half of a cut (invariant I4): it empties decoder, waiting frames and
 * canvas at once. Every decoder belongs to a generation, and a frame that comes out of an earlier
 * generation is thrown away, however late it comes. What comes faster than it can be decoded, or too
 * late to be drawn, is passed over for what is newer.
 */

import { PICTURE } from "./features.js";
import { Pace } from "./pace.js";
import { Kind } from "./protocol.js";

/** Frames wait at most this long so that they follow each other evenly. */
const WAIT_MAX_MS = 250;
const WAITING_MAX_FRAMES = 12;
/** Half a second behind: from here on it only gets later. */
const DECODING_MAX_FRAMES = 12;

export class PicturePlayer {
  /** @type {VideoDecoder | null} */
  #decoder = null;
  #generation = 0;
  #hasKeyFrame = false;
  #isHidden = false;
  /** @type {{ frame: VideoFrame, dueMs: number }[]} */
  #waiting = [];
  /** @type {number | undefined} */
  #timer;
  #pace = new Pace(0, WAIT_MAX_MS);
  #drawn = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(isFirst: boolean) => void} onDrawn a frame was drawn; the first one after a blank?
   * @param {() => number | null} soundOffsetMs the sound's `Pace.offsetMs`: sound leads, lips follow
   */
  constructor(canvas, onDrawn, soundOffsetMs) {
    this.canvas = canvas;
    this.onDrawn = onDrawn;
    this.soundOffsetMs = soundOffsetMs;
    this.isBlank = true;
    /** A picture is coming, whether it is looked at or hidden. */
    this.isPlaying = false;
  }

  /** Forget the last conversation: blank, and count from 0. */
  reset() {
    this.blank();
    this.#drawn = 0;
    this.canvas.dataset.frames = "0";
  }

  /** @param {boolean} isHidden the listener does not want to see the partner */
  setHidden(isHidden) {
    this.#isHidden = isHidden;
    this.blank();
  }

  /** Empty decoder, waiting frames and canvas, now. */
  blank() {
    this.#generation += 1;
    if (this.#decoder && this.#decoder.state !== "closed") {
      this.#decoder.close();
    }
    this.#decoder = null;
    this.#hasKeyFrame = false;
    this.#pace.reset();
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { frame } of this.#waiting.splice(0)) {
      frame.close();
    }
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.isBlank = true;
    this.isPlaying = false;
  }

  /** @param {import("./protocol.js").Packet} packet a video packet */
  push(packet) {
    this.isPlaying ||= packet.kind === Kind.KEY;
    if (this.#isHidden) {
      return;
    }
    const isKey = packet.kind === Kind.KEY;
    if (!isKey && !this.#hasKeyFrame) {
      return;
    }
    if (!isKey && this.#decoder && this.#decoder.decodeQueueSize >= DECODING_MAX_FRAMES) {
      // The rest of the segment can't be decoded without this one.
      this.#hasKeyFrame = false;
      return;
    }
    this.#hasKeyFrame = true;
    this.#decoder ??= this.#create(this.#generation);
    this.#decoder.decode(
      new EncodedVideoChunk({
        type: isKey ? "key" : "delta",
        timestamp: packet.timestampUs,
        data: packet.payload,
      }),
    );
  }

  /** @param {number} generation */
  #create(generation) {
    const decoder = new VideoDecoder({
      output: (frame) => {
        if (generation === this.#generation) {
          this.#queue(frame);
        } else {
          frame.close();
        }
      },
      error: () => {
        if (generation === this.#generation) {
          // Nothing can be asked of the sender from here; a key frame comes every two seconds.
          this.#decoder = null;
          this.#hasKeyFrame = false;
        }
      },
    });
    decoder.configure({ codec: PICTURE.codec, optimizeForLatency: true });
    return decoder;
  }

  /**
   * Frames of a screened window arrive in a bunch: give them back the pace at which they were
   * taken. The wait follows the latest arrivals and shrinks again when they come in time.
   *
   * @param {VideoFrame} frame
   */
  #queue(frame) {
    const takenMs = frame.timestamp / 1000;
    const dueMs = this.#pace.arrived(takenMs, performance.now(), this.soundOffsetMs());
    this.#waiting.push({ frame, dueMs });
    while (this.#waiting.length > WAITING_MAX_FRAMES) {
      this.#waiting.shift()?.frame.close();
    }
    this.#drawDue();
  }

  #drawDue() {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = performance.now();
    /** @type {VideoFrame | undefined} */
    let newest;
    while (this.#waiting[0] && this.#waiting[0].dueMs <= nowMs + 4) {
      newest?.close();
      newest = this.#waiting.shift()?.frame;
    }
    if (newest) {
      this.#draw(newest);
    }
    if (this.#waiting[0]) {
      this.#timer = window.setTimeout(() => this.#drawDue(), this.#waiting[0].dueMs - nowMs);
    }
  }

  /** @param {VideoFrame} frame */
  #draw(frame) {
    const { displayWidth: width, displayHeight: height } = frame;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.canvas.getContext("2d")?.drawImage(frame, 0, 0, width, height);
    frame.close();
    this.#drawn += 1;
    this.canvas.dataset.frames = String(this.#drawn);
    const isFirst = this.isBlank;
    this.isBlank = false;
    this.onDrawn(isFirst);
  }
}
