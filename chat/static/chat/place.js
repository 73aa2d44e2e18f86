/**
 * Where this browser talks: one tab or window at a time keeps the place while it searches or
 * talks, so that another one can ask before it ends a conversation.
 */

const LOCK = "parley.place";

export class Place {
  /** @type {(() => void) | null} */
  #release = null;

  /** Whether another tab or window of this browser searches or talks. */
  async isTaken() {
    // Browsers have no locks on insecure pages; there the newest window simply takes over.
    const { held } = (await navigator.locks?.query()) ?? {};
    return (held ?? []).some((lock) => lock.name === LOCK);
  }

  /** @param {boolean} isWanted this tab searches or talks */
  keep(isWanted) {
    if (!isWanted) {
      this.#release?.();
      this.#release = null;
    } else if (!this.#release) {
      /** @type {Promise<void>} */
      const released = new Promise((resolve) => (this.#release = resolve));
      // Shared: whoever takes over does so before the other one has let go.
      void navigator.locks?.request(LOCK, { mode: "shared" }, () => released);
    }
  }
}
