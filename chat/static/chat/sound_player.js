/**
 * The partner's sound: Opus packets become something to hear, but only once the listener wants to
 * hear it.
 */

import { SOUND, SOUND_RATE_HZ } from "./features.js";

const WAIT_S = 0.12;
const WAIT_MAX_S = 0.5;

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
  }

  /** @param {import("./protocol.js").Packet} packet a sound packet */
  push(packet) {
    if (this.#isMuted || this.#context?.state !== "running") {
      return;
    }
    this.#decoder ??= this.#create(this.#generation);
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
    if (this.#nextS < nowS) {
      this.#nextS = nowS + WAIT_S;
    } else if (this.#nextS > nowS + WAIT_MAX_S) {
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
