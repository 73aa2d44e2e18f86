// @ts-check
/** Ticking rows of the list for a wave: all at once, by key, and how many are ticked. */

import { AFTER_EXCHANGE } from "./live.js";

/** @returns {HTMLInputElement[]} */
function boxes() {
  return [
    .../** @type {NodeListOf<HTMLInputElement>} */ (
      document.querySelectorAll("input[name=pick]")
    ),
  ];
}

/** @param {HTMLElement} form */
function count(form) {
  const all = boxes();
  const ticked = all.filter((box) => box.checked).length;
  const number = form.querySelector("[data-pick-count]");
  const button = form.querySelector("button");
  if (number) {
    number.textContent = ticked ? String(ticked) : "";
  }
  if (button) {
    button.disabled = ticked === 0;
  }
  const head = document.querySelector("[data-pick-all]");
  if (head instanceof HTMLInputElement) {
    head.hidden = all.length === 0;
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
  }
}

/** @param {KeyboardEvent} event */
function tickRow(event) {
  const link = document.activeElement;
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (link instanceof HTMLElement && link.matches("[data-row]")) {
    const box = link.closest("tr")?.querySelector("input[name=pick]");
    if (box instanceof HTMLInputElement) {
      event.preventDefault();
      box.click();
    }
  }
}

const form = document.querySelector("[data-picks]");
if (form instanceof HTMLElement) {
  document.addEventListener("keydown", tickRow);
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.matches("[data-pick-all]")) {
      for (const one of boxes()) {
        one.checked = box.checked;
      }
    }
    count(form);
  });
  document.addEventListener(AFTER_EXCHANGE, () => count(form));
  // Back in the history the boxes stand as they were left.
  window.addEventListener("pageshow", () => count(form));
  count(form);
}
