// @ts-check
/** Adding a note without losing what stands half written in the decision. */

const card = document.querySelector("[data-notes]");

/** @param {HTMLFormElement} form */
async function add(form) {
  const body = new FormData(form);
  body.set("part", "1");
  const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
  if (!answer.ok && answer.status !== 422) {
    throw new Error(String(answer.status));
  }
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = part.querySelector("[data-notes]");
  if (!card || !fresh) {
    throw new Error("no notes in the answer");
  }
  card.replaceChildren(...fresh.childNodes);
}

card?.addEventListener("submit", (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement) {
    event.preventDefault();
    // Whatever goes wrong: the plain form shows it.
    add(form).catch(() => form.submit());
  }
});
card?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (
    event instanceof KeyboardEvent &&
    event.key === "Enter" &&
    (event.ctrlKey || event.metaKey) &&
    field instanceof HTMLTextAreaElement
  ) {
    event.preventDefault();
    field.form?.requestSubmit();
  }
});
