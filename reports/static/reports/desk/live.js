// @ts-check
/**
 * Keeps what is marked `data-live` true to life: who holds which report, what is new, what is late.
 *
 * The page is fetched again and only the marked parts are taken from it. A link or a box that has
 * the focus keeps it, and what is ticked stays ticked; a part that somebody writes in is left alone.
 * While a part says `data-soon`, it changes by the second.
 */

import { isSomebodyHere } from "./presence.js";

const EVERY_MS = 20_000;
const SOON_MS = 1_500;

/** Told to the document when parts of it are new. */
export const AFTER_EXCHANGE = "parley:exchanged";

async function refresh() {
  const answer = await fetch(window.location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.getAttribute("data-live")}"]`);
    if (now) {
      exchange(part, now);
    }
  }
  document.dispatchEvent(new Event(AFTER_EXCHANGE));
}

/**
 * @param {Element} part
 * @param {Element} now
 */
function exchange(part, now) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && !isBox(focused) && !(focused instanceof HTMLAnchorElement)) {
    return;
  }
  const ticked = new Set([...part.querySelectorAll("input")].filter(isTicked).map((box) => box.value));
  part.replaceChildren(...now.childNodes);
  for (const box of part.querySelectorAll("input")) {
    box.checked ||= isBox(box) && ticked.has(box.value);
  }
  const again = [...part.querySelectorAll("a, input")].find((one) => isSame(one, focused));
  if (again instanceof HTMLElement) {
    again.focus({ preventScroll: true });
  }
}

/**
 * @param {Element} element
 * @returns {element is HTMLInputElement}
 */
function isBox(element) {
  return element instanceof HTMLInputElement && element.type === "checkbox";
}

/** @param {HTMLInputElement} box */
function isTicked(box) {
  return isBox(box) && box.name !== "" && box.checked;
}

/**
 * @param {Element} one
 * @param {Element | null} other
 */
function isSame(one, other) {
  if (one instanceof HTMLAnchorElement && other instanceof HTMLAnchorElement) {
    return one.href === other.href;
  }
  return other !== null && isBox(one) && isBox(other) && one.value === other.value;
}

function again() {
  const isSoon = document.querySelector("[data-live] [data-soon]") !== null;
  window.setTimeout(
    async () => {
      if (isSomebodyHere()) {
        await refresh().catch(() => undefined);
      }
      again();
    },
    isSoon ? SOON_MS : EVERY_MS,
  );
}

if (document.querySelector("[data-live]")) {
  again();
}
