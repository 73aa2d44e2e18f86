/**
 * The sound on its way out: the microphone becomes Opus packets of 60 ms.
 *
 * Sound is relayed unjudged; the server passes it only while the picture is shown.
 */

import { SOUND } from "./features.js";
import { Kind, nowUs } from "./protocol.js";

/** Shorter packets would break the relay's limit of 25 a second. */
const PACKET_MIN_US = 40_000;
const PACKET_MAX_BYTES = 1_536;

/** After the page stood still, what was said meanwhile is dropped rather than sent in a bunch. */
const LATE_MAX_MS = 300;

/**
 * @typedef {object} Block
 * @property {Float32Array<ArrayBuffer>} samples mono
 * @property {number} takenS on the audio context's clock
 */

export class SoundEncoder {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {AudioEncoder | null} */
  #encoder = null;
  #samples = 0;
  #lastUs = 0;
  #isMuted = false;
  #leastLagMs = Infinity;

  /**
   * @param {import("./encoder.js").SendPacket} send
   * @param {() => void} onFailed this browser cannot send sound after all
   */
  constructor(send, onFailed) {
    this.send = send;
    this.onFailed = onFailed;
  }

  /** @param {boolean} isMuted */
  setMuted(isMuted) {
    this.#isMuted = isMuted;
  }

  /** @param {MediaStream} stream with a sound track */
  async start(stream) {
    this.stop();
    const context = new AudioContext();
    this.#context = context;
    try {
      await context.audioWorklet.addModule(new URL("./sound_capture.js", import.meta.url));
    } catch {
      this.#fail(context);
      return;
    }
    if (this.#context !== context) {
      return;
    }
    this.#encoder = this.#create(context);
    const capture = new AudioWorkletNode(context, "sound-capture", { numberOfOutputs: 0 });
    capture.port.addEventListener("message", (event) => this.#take(context, event.data));
    capture.port.start();
    context.createMediaStreamSource(stream).connect(capture);
  }

  stop() {
    void this.#context?.close();
    this.#context = null;
    if (this.#encoder && this.#encoder.state !== "closed") {
      this.#encoder.close();
    }
    this.#encoder = null;
    this.#samples = 0;
    this.#leastLagMs = Infinity;
  }

  /** @param {AudioContext} context */
  #create(context) {
    const encoder = new AudioEncoder({
      output: (chunk) => this.#encoded(context, chunk),
      error: () => this.#fail(context),
    });
    encoder.configure({ ...SOUND, sampleRate: context.sampleRate });
    return encoder;
  }

  /**
   * @param {AudioContext} context
   * @param {Block} block
   */
  #take(context, { samples, takenS }) {
    const lagMs = performance.now() - takenS * 1000;
    this.#leastLagMs = Math.min(this.#leastLagMs, lagMs);
    const isLate = lagMs - this.#leastLagMs > LATE_MAX_MS;
    const isReady = this.#context === context && this.#encoder?.state === "configured";
    if (!isReady || !this.#encoder || isLate || this.#isMuted) {
      return;
    }
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: context.sampleRate,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp: Math.round((this.#samples * 1_000_000) / context.sampleRate),
      data: samples,
    });
    this.#samples += samples.length;
    this.#encoder.encode(data);
    data.close();
  }

  /**
   * @param {AudioContext} context
   * @param {EncodedAudioChunk} chunk
   */
  #encoded(context, chunk) {
    if (this.#context !== context) {
      return;
    }
    const durationUs = chunk.duration ?? PACKET_MIN_US;
    if (durationUs < PACKET_MIN_US) {
      this.#fail(context);
      return;
    }
    if (this.#isMuted || chunk.byteLength > PACKET_MAX_BYTES) {
      return;
    }
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    // The microphone's own clock drifts against the page's: what is sent is stamped with the
    // page's, as pictures are.
    this.#lastUs = Math.max(this.#lastUs, nowUs() - durationUs);
    this.send(Kind.AUDIO, this.#lastUs, payload);
  }

  /** @param {AudioContext} context */
  #fail(context) {
    if (this.#context === context) {
      this.stop();
      this.onFailed();
    }
  }
}
