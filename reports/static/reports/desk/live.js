// @ts-check
/**
 * Keeps what is marked `data-live` true to life: who holds which report, what is new, what is late.
 *
 * The page is fetched again and only the marked parts are taken from it. A link that has the focus
 * keeps it; a part that somebody is filling in is left alone.
 */

import { isSomebodyHere } from "./presence.js";

const EVERY_MS = 20_000;

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
}

/**
 * @param {Element} part
 * @param {Element} now
 */
function exchange(part, now) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && !(focused instanceof HTMLAnchorElement)) {
    return;
  }
  part.replaceChildren(...now.childNodes);
  const again = [...part.querySelectorAll("a")].find((link) => link.href === focused?.href);
  again?.focus({ preventScroll: true });
}

if (document.querySelector("[data-live]")) {
  window.setInterval(() => {
    if (isSomebodyHere()) {
      refresh().catch(() => undefined);
    }
  }, EVERY_MS);
}
