/**
 * The partner's sound: Opus packets become something to hear, but only once the listener wants to
 * hear it.
 */

import { SOUND, SOUND_RATE_HZ } from "./features.js";
import { Pace } from "./pace.js";

/** One packet: less would mean a gap with every hiccup of the network. */
const WAIT_MIN_MS = 60;
const WAIT_MAX_MS = 400;
/** Further behind than this, sound is skipped until it is in time again. */
const BEHIND_MAX_S = 0.2;
const DECODING_MAX_PACKETS = 12;

export class SoundPlayer {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {GainNode | null} */
  #gain = null;
  /** @type {AudioDecoder | null} */
  #decoder = null;
  #generation = 0;
  #isMuted = true;
  #volume = 1;
  #nextS = 0;
  #pace = new Pace(WAIT_MIN_MS, WAIT_MAX_MS);
  /** When the newest packet is due, on the page's clock. */
  #dueMs = 0;
  /** @type {Set<AudioBufferSourceNode>} */
  #playing = new Set();

  /**
   * Call it from a click: browsers let nothing else make the first sound.
   *
   * @param {boolean} isMuted
   */
  setMuted(isMuted) {
    this.#isMuted = isMuted;
    if (isMuted) {
      this.silence();
      return;
    }
    if (!this.#context) {
      this.#context = new AudioContext({ sampleRate: SOUND_RATE_HZ });
      this.#gain = this.#context.createGain();
      this.#gain.gain.value = this.#volume;
      this.#gain.connect(this.#context.destination);
    }
    void this.#context.resume();
  }

  /** Between the sender's clock and what is heard; null while nothing is. */
  get offsetMs() {
    return this.#pace.offsetMs;
  }

  /** @param {number} volume 0.0–1.0 */
  setVolume(volume) {
    this.#volume = volume;
    if (this.#gain) {
      this.#gain.gain.value = volume;
    }
  }

  /** Stop what is heard and forget what waits, now. */
  silence() {
    this.#generation += 1;
    if (this.#decoder && this.#decoder.state !== "closed") {
      this.#decoder.close();
    }
    this.#decoder = null;
    for (const source of this.#playing) {
      source.stop();
    }
    this.#playing.clear();
    this.#nextS = 0;
    this.#pace.reset();
  }

  /** @param {import("./protocol.js").Packet} packet a sound packet */
  push(packet) {
    if (this.#isMuted || this.#context?.state !== "running") {
      return;
    }
    this.#dueMs = this.#pace.arrived(packet.timestampUs / 1000, performance.now());
    this.#decoder ??= this.#create(this.#generation);
    if (this.#decoder.decodeQueueSize >= DECODING_MAX_PACKETS) {
      return;
    }
    this.#decoder.decode(
      new EncodedAudioChunk({
        type: "key",
        timestamp: packet.timestampUs,
        data: packet.payload,
      }),
    );
  }

  /** @param {number} generation */
  #create(generation) {
    const decoder = new AudioDecoder({
      output: (data) => {
        if (generation === this.#generation) {
          this.#play(data);
        }
        data.close();
      },
      error: () => {
        if (generation === this.#generation) {
          this.#decoder = null;
        }
      },
    });
    decoder.configure({ codec: SOUND.codec, sampleRate: SOUND_RATE_HZ, numberOfChannels: 1 });
    return decoder;
  }

  /** @param {AudioData} data */
  #play(data) {
    const context = this.#context;
    if (!context || !this.#gain) {
      return;
    }
    const buffer = context.createBuffer(1, data.numberOfFrames, data.sampleRate);
    data.copyTo(buffer.getChannelData(0), { planeIndex: 0, format: "f32-planar" });
    const nowS = context.currentTime;
    const dueS = nowS + Math.max(0, this.#dueMs - performance.now()) / 1000;
    if (this.#nextS < nowS) {
      this.#nextS = dueS;
    } else if (this.#nextS > dueS + BEHIND_MAX_S) {
      return;
    }
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#gain);
    source.addEventListener("ended", () => this.#playing.delete(source));
    source.start(this.#nextS);
    this.#playing.add(source);
    this.#nextS += buffer.duration;
  }
}
