// @ts-check
/**
 * Whether somebody sits here: a page left open on a visible screen neither keeps a claim from
 * others nor a session from ending.
 */

const AWAY_AFTER_MS = 10 * 60_000;

let touchedMs = Date.now();
for (const sign of ["keydown", "pointerdown", "pointermove", "wheel"]) {
  document.addEventListener(
    sign,
    () => {
      touchedMs = Date.now();
    },
    { passive: true },
  );
}

/** Whether the page is looked at and was touched in the last ten minutes. */
export function isSomebodyHere() {
  return document.visibilityState === "visible" && Date.now() - touchedMs < AWAY_AFTER_MS;
}
