/**
 * The proof of work of a new identity: asked for at `GET /api/terms`, solved by ALTCHA's widget in
 * workers of its own while the person fills in the form, handed in by the entry.
 *
 * The widget stays invisible: what happens is said in the page's own words and language.
 */

/** A proof that is handed in later than this before its end is solved anew. */
const SPARE_MS = 30_000;
const WORKERS_MAX = 4;

/** @typedef {"resting" | "working" | "ready" | "none"} ProofState */

export class ProofError extends Error {
  /**
   * @param {string} code what `failureWords` takes, or `unsolved`
   * @param {number} [retryAfterS]
   */
  constructor(code, retryAfterS) {
    super(code);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export class Prover {
  /** @type {Promise<string | null> | null} */
  #work = null;
  #goodUntilMs = Infinity;
  /** @type {HTMLElement & AltchaWidget | null} */
  #widget = null;

  /**
   * @param {HTMLElement} place where the invisible widget lives; it names the widget's files
   * @param {(state: ProofState) => void} onState
   */
  constructor(place, onState) {
    this.place = place;
    this.onState = onState;
  }

  /** Start working, unless that has happened. What goes wrong is told by `take`. */
  begin() {
    this.take().catch(() => undefined);
  }

  /**
   * The proof, null when none is asked for. Throws `ProofError`, or whatever `fetch` throws; then
   * the next call begins anew.
   *
   * @returns {Promise<string | null>}
   */
  async take() {
    if (this.#work !== null && Date.now() > this.#goodUntilMs) {
      this.forget();
    }
    this.#work ??= this.#prove();
    try {
      return await this.#work;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** The proof was handed in, or is of no use: the next one is another. */
  forget() {
    this.#work = null;
    this.#goodUntilMs = Infinity;
    this.onState("resting");
  }

  async #prove() {
    const asked = await askTerms();
    if (asked.challenge === null) {
      this.onState("none");
      return null;
    }
    this.onState("working");
    // By this browser's own clock, which may be wrong: counted from now on.
    this.#goodUntilMs = Date.now() + asked.ttlMs - SPARE_MS;
    const widget = await this.#ready();
    await widget.configure({ challenge: asked.challenge });
    const solved = await widget.verify({ concurrency: workers(), minDuration: 0 });
    if (!solved?.payload) {
      throw new ProofError("unsolved");
    }
    this.onState("ready");
    return solved.payload;
  }

  async #ready() {
    if (this.#widget !== null) {
      return this.#widget;
    }
    const { widget, worker } = this.place.dataset;
    if (!widget || !worker || !window.isSecureContext) {
      throw new ProofError("unsolved");
    }
    await import(widget);
    await customElements.whenDefined("altcha-widget");
    globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker));
    const element = /** @type {HTMLElement & AltchaWidget} */ (
      document.createElement("altcha-widget")
    );
    // Its methods are there once it says that it is loaded, not before.
    const loaded = new Promise((resolve) =>
      element.addEventListener("load", resolve, { once: true }),
    );
    this.place.append(element);
    await loaded;
    await element.configure({ display: "invisible", humanInteractionSignature: false, timeout: 0 });
    this.#widget = element;
    return element;
  }
}

/** Half of the cores: the page and the rest of the machine go on. */
function workers() {
  return Math.max(1, Math.min(WORKERS_MAX, Math.floor((navigator.hardwareConcurrency || 2) / 2)));
}

/** @returns {Promise<{ challenge: AltchaChallenge | null, ttlMs: number }>} */
async function askTerms() {
  const response = await fetch("/api/terms", { cache: "no-store" });
  const answer = await response.json();
  if (response.status !== 200) {
    throw new ProofError(
      answer.code === "slow_down" ? "slow_down" : "unavailable",
      answer.retry_after_s,
    );
  }
  const served = Date.parse(response.headers.get("Date") ?? "");
  const ends = (answer.challenge?.parameters.expiresAt ?? 0) * 1000;
  return {
    challenge: answer.challenge,
    ttlMs: Number.isNaN(served) ? ends - Date.now() : ends - served,
  };
}
