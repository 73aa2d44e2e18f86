// @ts-check
/**
 * The console by keyboard: `data-key` on an element is the key that presses, ticks or enters it.
 *
 * The help is made of the page itself, so it names the keys that work here and now, and no other.
 * A decision is never one key away: what has `data-arm` is only made ready, and Enter does it.
 */

/** @param {EventTarget | null} target */
function isTyping(target) {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== "checkbox") ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}

/**
 * @param {string} key
 * @returns {HTMLElement | undefined}
 */
function findKey(key) {
  for (const element of document.querySelectorAll("[data-key]")) {
    if (element instanceof HTMLElement && element.dataset.key === key && isThere(element)) {
      return element;
    }
  }
  return undefined;
}

/** @param {HTMLElement} element */
function isThere(element) {
  return element.getClientRects().length > 0;
}

/** @param {HTMLElement} element */
function press(element) {
  if (element.dataset.arm !== undefined) {
    element.dispatchEvent(new CustomEvent("arm", { bubbles: true }));
  } else if (
    element instanceof HTMLButtonElement ||
    element instanceof HTMLAnchorElement ||
    element.tagName === "SUMMARY" ||
    (element instanceof HTMLInputElement && element.type === "checkbox")
  ) {
    element.click();
  } else {
    const fold = element.closest("details");
    if (fold) {
      fold.open = true;
    }
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  }
}

/**
 * Up and down a list of links.
 *
 * @param {number} step
 */
function walk(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-row]")]);
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
  rows[Math.max(0, Math.min(rows.length - 1, next))]?.focus();
}

/** @param {HTMLElement} element */
function says(element) {
  if (element.dataset.keySays) {
    return element.dataset.keySays;
  }
  const label =
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement
      ? (element.labels?.[0] ?? element)
      : element;
  const copy = /** @type {HTMLElement} */ (label.cloneNode(true));
  for (const mark of copy.querySelectorAll("kbd")) {
    mark.remove();
  }
  return (copy.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {HTMLDialogElement} help */
function showHelp(help) {
  const list = help.querySelector("[data-keys]");
  if (!list || help.open) {
    return;
  }
  const rows = [];
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!(element instanceof HTMLElement) || !isThere(element)) {
      continue;
    }
    const key = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.className = "staff-key";
    cap.textContent = (element.dataset.key ?? "").toUpperCase();
    key.append(cap);
    const words = document.createElement("dd");
    words.textContent = says(element);
    const row = document.createElement("div");
    row.append(key, words);
    rows.push(row);
  }
  list.replaceChildren(...rows);
  help.showModal();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
    return;
  }
  if (event.key === "Escape" && isTyping(event.target)) {
    /** @type {HTMLElement} */ (event.target).blur();
    return;
  }
  if (isTyping(event.target) || document.querySelector("dialog[open]")) {
    return;
  }
  const key = event.key.toLowerCase();
  if ((key === "j" || key === "k") && document.querySelector("[data-row]")) {
    event.preventDefault();
    walk(key === "j" ? 1 : -1);
    return;
  }
  const element = key.length === 1 ? findKey(key) : undefined;
  if (element) {
    event.preventDefault();
    press(element);
  }
}

document.addEventListener("keydown", onKey);
const help = document.querySelector("dialog[data-help]");
if (help instanceof HTMLDialogElement) {
  for (const opener of document.querySelectorAll("[data-open-help]")) {
    if (opener instanceof HTMLElement) {
      opener.hidden = false;
      opener.addEventListener("click", () => showHelp(help));
    }
  }
}
