// @ts-check
/** Keeps a claim alive while somebody sits at its page, and says so when somebody else has it. */

import { isSomebodyHere } from "./presence.js";

/** @param {HTMLElement} page its `data-renew` is where, `data-renew-s` how often */
function keep(page) {
  const address = page.dataset.renew;
  const everyS = Number(page.dataset.renewS);
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (!address || !(everyS > 0) || !(token instanceof HTMLInputElement)) {
    return;
  }
  const timer = window.setInterval(() => {
    if (isSomebodyHere()) {
      renew(address, token.value, () => {
        window.clearInterval(timer);
        const lost = page.querySelector("[data-claim-lost]");
        if (lost instanceof HTMLElement) {
          lost.hidden = false;
        }
      });
    }
  }, everyS * 1000);
}

/**
 * @param {string} address
 * @param {string} token
 * @param {() => void} onLost
 */
async function renew(address, token, onLost) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", token);
  try {
    const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" });
    if (answer.status === 409 || answer.status === 404) {
      onLost();
    }
  } catch {
    // The line is down for a moment: the next beat may get through.
  }
}

const page = document.querySelector("[data-renew]");
if (page instanceof HTMLElement) {
  keep(page);
}
