/**
 * What this browser remembers between visits: languages, interests, whether sound was wanted.
 * Browsers may refuse storage; then nothing is remembered, and nothing breaks.
 */

const PREFIX = "parley.";

/**
 * @param {"languages" | "interests" | "sound"} name
 * @returns {string | null}
 */
export function recall(name) {
  try {
    return window.localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/**
 * @param {"languages" | "interests" | "sound"} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    window.localStorage.setItem(PREFIX + name, value);
  } catch {
    // Refused or full: the choice then lasts as long as the page.
  }
}

/** @param {...("languages" | "interests" | "sound")} names */
export function forget(...names) {
  try {
    for (const name of names) {
      window.localStorage.removeItem(PREFIX + name);
    }
  } catch {
    // Nothing was kept, so there is nothing to forget.
  }
}
