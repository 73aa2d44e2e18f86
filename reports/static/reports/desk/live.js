// @ts-check
/**
 * Keeps what is marked `data-live` true to life: who holds which report, what is new, what is late.
 *
 * The page is fetched again and only the marked parts are taken from it, never the one that the
 * caret is in.
 */

const EVERY_MS = 15_000;

async function refresh() {
  const answer = await fetch(window.location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.getAttribute("data-live")}"]`);
    if (now && !part.contains(document.activeElement)) {
      part.replaceChildren(...now.childNodes);
    }
  }
}

if (document.querySelector("[data-live]")) {
  window.setInterval(() => {
    if (document.visibilityState === "visible") {
      refresh().catch(() => undefined);
    }
  }, EVERY_MS);
}
