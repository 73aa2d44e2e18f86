/**
 * When what was taken at one instant is shown or heard: late enough that what comes unevenly goes
 * out evenly, and no later. Nothing here knows what it paces, or what time it is.
 */

/** How much of the waiting is given back with every packet that came in time. */
const RELAX_MS = 4;

/** How many arrivals ago the quickest one may lie: ways get longer, and clocks drift. */
const QUICKEST_OF = 500;

export class Pace {
  /** @type {number | null} */
  #offsetMs = null;
  #quickestMs = Infinity;
  #quickestNextMs = Infinity;
  #arrivals = 0;

  /**
   * @param {number} leastMs nothing waits less than this after the quickest arrival would have
   * @param {number} mostMs nothing waits longer than this after it
   */
  constructor(leastMs, mostMs) {
    this.leastMs = leastMs;
    this.mostMs = mostMs;
  }

  /** Between the sender's clock and the instant at which something is due; null before the first. */
  get offsetMs() {
    return this.#offsetMs;
  }

  /** Forget what was learnt: another sender, or a new beginning. */
  reset() {
    this.#offsetMs = null;
    this.#quickestMs = Infinity;
    this.#quickestNextMs = Infinity;
    this.#arrivals = 0;
  }

  /**
   * Something came. The wait grows at once with what comes late and shrinks slowly with what comes
   * in time.
   *
   * @param {number} takenMs on the sender's clock
   * @param {number} nowMs on ours
   * @param {number | null} [followedMs] the offset of what this goes along with: no less, if that
   *   is possible
   * @returns {number} when it is due, on our clock
   */
  arrived(takenMs, nowMs, followedMs = null) {
    const latenessMs = nowMs - takenMs;
    this.#note(latenessMs);
    const relaxedMs = this.#offsetMs === null ? latenessMs : this.#offsetMs - RELAX_MS;
    const wantedMs = Math.max(
      relaxedMs,
      latenessMs,
      this.#quickestMs + this.leastMs,
      followedMs ?? -Infinity,
    );
    this.#offsetMs = Math.min(wantedMs, this.#quickestMs + this.mostMs);
    return takenMs + this.#offsetMs;
  }

  /** @param {number} latenessMs */
  #note(latenessMs) {
    this.#arrivals += 1;
    if (this.#arrivals % QUICKEST_OF === 0) {
      this.#quickestMs = this.#quickestNextMs;
      this.#quickestNextMs = Infinity;
    }
    this.#quickestMs = Math.min(this.#quickestMs, latenessMs);
    this.#quickestNextMs = Math.min(this.#quickestNextMs, latenessMs);
  }
}
