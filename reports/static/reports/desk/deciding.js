// @ts-check
/**
 * The decision form: macros fill it in, a key makes a button ready, Enter sends it, once.
 */

/**
 * @typedef {{ act: string, policies: string[], length: string, reason: string }} Fill
 */

const MACRO_KEYS = "123456789";

/** The decision form of this page and what belongs to it. */
class Deciding {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    // Triage decides neither policy nor length, and has no fields for them.
    this.policy = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem("policy"));
    this.length = /** @type {HTMLSelectElement | null} */ (form.elements.namedItem("sanction"));
    this.reason = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("reason"));
    this.filled = "";
    this.isSent = false;
    form.addEventListener("click", (event) => this.onClick(event));
    form.addEventListener("arm", (event) => this.onArm(event));
    form.addEventListener("keydown", (event) => this.onKey(event));
    form.addEventListener("submit", (event) => this.onSubmit(event));
    this.policy?.addEventListener("change", () => this.fit());
    this.offerWarning();
    // Back in the history the form stands as it was sent, and may be sent again.
    window.addEventListener("pageshow", () => {
      this.isSent = false;
    });
  }

  /** @returns {HTMLElement[]} */
  macros() {
    return [...this.form.querySelectorAll("[data-fill]")].filter(
      (macro) => macro instanceof HTMLElement,
    );
  }

  /** A warning can be chosen with the policies it is enough for. */
  offerWarning() {
    const warning = this.length?.querySelector('option[value="warning"]');
    if (!this.length || !(warning instanceof HTMLOptionElement)) {
      return;
    }
    const fitting = this.length.dataset.warningFits?.split(" ") ?? [];
    warning.disabled = !fitting.includes(this.policy?.value ?? "");
    if (warning.disabled && warning.selected) {
      this.length.value = "";
    }
  }

  /** Shows the macros that fit the chosen policy, and numbers them. */
  fit() {
    this.offerWarning();
    let number = 0;
    for (const macro of this.macros()) {
      const { policies } = read(macro);
      const fits = policies.length === 0 || policies.includes(this.policy?.value ?? "");
      const place = macro.closest("li") ?? macro;
      place.hidden = !fits;
      const key = fits ? (MACRO_KEYS[number++] ?? "") : "";
      macro.dataset.key = key;
      const cap = macro.querySelector("kbd");
      if (cap) {
        cap.textContent = key;
        cap.hidden = !key;
      }
    }
  }

  /** @param {HTMLElement} macro */
  use(macro) {
    const fill = read(macro);
    if (this.length && fill.length && hasOption(this.length, fill.length)) {
      this.length.value = fill.length;
    }
    const typed = this.reason.value === this.filled ? "" : this.reason.value.trimEnd();
    this.reason.value = typed ? `${typed}\n${fill.reason}` : fill.reason;
    this.filled = this.reason.value;
    this.ready(fill.act);
  }

  /**
   * Puts Enter under the button, or the caret where something is missing.
   *
   * @param {string} act
   */
  ready(act) {
    const button = this.form.querySelector(`[data-arm="${act}"]`);
    if (!(button instanceof HTMLElement)) {
      return;
    }
    for (const other of this.form.querySelectorAll("[data-arm]")) {
      other.classList.toggle("is-ready", other === button);
    }
    const missing = act === "confirm" ? [this.policy, this.length, this.reason] : [this.reason];
    (missing.find((field) => field && !field.value.trim()) ?? button).focus();
  }

  /** @param {Event} event */
  onClick(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-fill]") : null;
    if (target instanceof HTMLElement) {
      event.preventDefault();
      this.use(target);
    }
  }

  /** @param {Event} event */
  onArm(event) {
    const button = event.target;
    if (!(button instanceof HTMLElement)) {
      return;
    }
    const act = button.dataset.arm ?? "";
    const macro = this.macros().find(
      (candidate) => candidate.dataset.key && read(candidate).act === act,
    );
    if (macro && !this.reason.value.trim()) {
      this.use(macro);
    } else {
      this.ready(act);
    }
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) {
      return;
    }
    event.preventDefault();
    const button =
      this.form.querySelector(".is-ready") ?? this.form.querySelector('[data-arm="confirm"]');
    if (button instanceof HTMLButtonElement) {
      this.form.requestSubmit(button);
    }
  }

  /** @param {Event} event */
  onSubmit(event) {
    if (this.isSent) {
      event.preventDefault();
    }
    this.isSent = true;
  }
}

/**
 * @param {HTMLElement} macro
 * @returns {Fill}
 */
function read(macro) {
  return JSON.parse(macro.dataset.fill ?? "{}");
}

/**
 * @param {HTMLSelectElement} field
 * @param {string} value
 */
function hasOption(field, value) {
  return [...field.options].some((option) => option.value === value && !option.disabled);
}

const form = document.querySelector("form[data-decision]");
if (form instanceof HTMLFormElement) {
  new Deciding(form);
}
