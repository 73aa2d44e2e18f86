// @ts-check
/**
 * The staff pages' own behaviour: opening evidence here, the desk in modules of its own.
 *
 * Everything here works without JavaScript as plain forms; this only makes it quicker, and keeps
 * an opened original out of the address bar and of the page's history.
 */

import "./desk/keys.js";
import "./desk/claim.js";
import "./desk/deciding.js";
import "./desk/notes.js";
import "./desk/live.js";

const speaking = document.querySelector("[data-words]");
/** @type {Record<"colour" | "grey" | "hide" | "failed", string>} */
const WORDS = JSON.parse(
  (speaking instanceof HTMLElement && speaking.dataset.words) ||
    '{"colour": "", "grey": "", "hide": "", "failed": ""}',
);

/**
 * @param {string} text
 * @param {string} testId
 * @param {() => void} act
 */
function button(text, testId, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "staff-button is-small";
  made.dataset.testid = testId;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/**
 * Draws the original in grey in place of the mosaic; a second step shows its colours.
 *
 * @param {HTMLFormElement} form
 * @param {ImageBitmap} picture
 */
function reveal(form, picture) {
  const exhibit = form.closest("[data-evidence]");
  const frame = exhibit?.querySelector(".staff-frame");
  if (!exhibit || !frame) {
    return;
  }
  const hidden = [...frame.childNodes];
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.className = "is-grey";
  canvas.dataset.testid = "evidence-original";
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
  frame.replaceChildren(canvas);
  exhibit.classList.add("is-open");
  const colour = button(WORDS.colour, "evidence-colour", () => {
    colour.textContent = canvas.classList.toggle("is-grey") ? WORDS.colour : WORDS.grey;
  });
  const steps = document.createElement("p");
  steps.className = "staff-row";
  const hide = button(WORDS.hide, "evidence-hide", () => {
    frame.replaceChildren(...hidden);
    exhibit.classList.remove("is-open");
    steps.remove();
    form.hidden = false;
  });
  steps.append(colour, hide);
  form.hidden = true;
  form.after(steps);
  colour.focus();
}

/** @param {HTMLFormElement} form */
async function openEvidence(form) {
  const problem = form.querySelector("[role=alert]");
  const send = form.querySelector("button");
  if (!(problem instanceof HTMLElement) || !send) {
    return;
  }
  problem.hidden = true;
  send.disabled = true;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    reveal(form, await createImageBitmap(await response.blob()));
  } catch {
    problem.textContent = WORDS.failed;
    problem.hidden = false;
  } finally {
    send.disabled = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.hasAttribute("data-open-evidence")) {
    event.preventDefault();
    void openEvidence(form);
  }
});
