/**
 * How good the connection is, in one word of five, from what this page itself can see.
 *
 * Worse is said at once, better only after it has been better for a while: nobody wants to be told
 * every second.
 *
 * @typedef {"good" | "weak" | "frozen" | "sound" | "reconnecting"} Word
 */

/** A picture that stands still this long is said to stand still. */
export const FROZEN_AFTER_MS = 1_000;
/** Sound that came so recently is still coming. */
const HEARD_WITHIN_MS = 500;
/**
 * Asked to stay under less than this, a picture is reduced. While every picture is checked the relay
 * asks for 600 kbit/s of anybody, and the first step below that is 450.
 */
export const REDUCED_BELOW_KBPS = 500;
/** For so long a connection that lost packets, or was slowed down, stays weak. */
const WEAK_FOR_MS = 5_000;
const BETTER_AFTER_MS = 2_000;

/** @type {Readonly<Record<Word, number>>} */
const WORSE = Object.freeze({ good: 0, weak: 1, frozen: 2, sound: 2, reconnecting: 3 });

export class Quality {
  /** @type {Word} */
  #word = "good";
  #worseMs = -Infinity;
  #weakMs = -Infinity;
  #isReduced = false;
  #isShown = false;
  #isLost = false;
  #drawnMs = 0;
  #heardMs = -Infinity;
  /** @type {number | null} */
  #seq = null;

  /** The partner's picture is shown from now on, or no longer. @param {boolean} isShown @param {number} nowMs */
  setShown(isShown, nowMs) {
    if (isShown && !this.#isShown) {
      this.#drawnMs = nowMs;
    }
    this.#isShown = isShown;
    this.#seq = null;
  }

  /** The media socket is gone, or is there again. @param {boolean} isLost */
  setLost(isLost) {
    this.#isLost = isLost;
    this.#seq = null;
  }

  /** The relay asks this side to stay under a rate. @param {number} kbps */
  setAsked(kbps) {
    this.#isReduced = kbps < REDUCED_BELOW_KBPS;
  }

  /** A frame was drawn. @param {number} nowMs */
  drawn(nowMs) {
    this.#drawnMs = nowMs;
  }

  /**
   * A packet of the partner's came. While their picture is shown, a gap in the numbers means that
   * the relay dropped what this side could not take.
   *
   * @param {number} seq
   * @param {boolean} isSound
   * @param {number} nowMs
   */
  arrived(seq, isSound, nowMs) {
    if (isSound) {
      this.#heardMs = nowMs;
    }
    if (this.#isShown) {
      if (this.#seq !== null && seq > this.#seq + 1) {
        this.#weakMs = nowMs;
      }
      this.#seq = seq;
    }
  }

  /**
   * The word for now.
   *
   * @param {number} nowMs
   * @returns {Word}
   */
  word(nowMs) {
    const word = this.#seen(nowMs);
    if (WORSE[word] >= WORSE[this.#word]) {
      this.#worseMs = nowMs;
      this.#word = word;
    } else if (nowMs - this.#worseMs >= BETTER_AFTER_MS) {
      this.#word = word;
    }
    return this.#word;
  }

  /**
   * @param {number} nowMs
   * @returns {Word}
   */
  #seen(nowMs) {
    if (this.#isLost) {
      return "reconnecting";
    }
    if (this.#isShown && nowMs - this.#drawnMs > FROZEN_AFTER_MS) {
      return nowMs - this.#heardMs <= HEARD_WITHIN_MS ? "sound" : "frozen";
    }
    if (this.#isReduced) {
      this.#weakMs = nowMs;
    }
    return nowMs - this.#weakMs < WEAK_FOR_MS ? "weak" : "good";
  }
}
