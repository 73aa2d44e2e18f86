/**
 * Runs in the audio thread: gathers the microphone's samples into blocks of 20 ms and hands them
 * to the page.
 */

const BLOCK_SAMPLES = Math.round(sampleRate / 50);

class SoundCapture extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK_SAMPLES);
  #filled = 0;

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const samples = inputs[0]?.[0];
    if (!samples) {
      return true;
    }
    let taken = 0;
    while (taken < samples.length) {
      const count = Math.min(samples.length - taken, BLOCK_SAMPLES - this.#filled);
      this.#block.set(samples.subarray(taken, taken + count), this.#filled);
      this.#filled += count;
      taken += count;
      if (this.#filled === BLOCK_SAMPLES) {
        this.port.postMessage({ samples: this.#block, takenS: currentTime }, [this.#block.buffer]);
        this.#block = new Float32Array(BLOCK_SAMPLES);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("sound-capture", SoundCapture);
