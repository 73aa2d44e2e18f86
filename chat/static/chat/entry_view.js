/**
 * The entry: birth date, consent, languages, a proof where one is asked for; then
 * `POST /api/enter`.
 */

import { forget, recall, remember } from "./memory.js";
import { make, part, tell } from "./parts.js";
import { Prover, ProofError } from "./proof.js";
import { LANGUAGES_MAX } from "./protocol.js";
import { failureWords, languageName, proofWords } from "./wording.js";

const LANGUAGES = [
  "en", "es", "pt", "fr", "de", "it", "nl", "pl", "tr", "uk", "ru", "ar", "hi", "bn", "id", "vi",
  "zh", "ja", "ko", "sw",
];

/** Proofs of one press of the button: asked for more by now, or on another network, once more. */
const PROOFS_MAX = 3;

/**
 * @typedef {object} Listener
 * @property {() => void} onEntered
 * @property {(bar: import("./protocol.js").Barred) => void} onBarred
 */

export class EntryView {
  /**
   * @param {HTMLElement} root
   * @param {string} termsVersion that this page shows and the person accepts
   * @param {Listener} listener
   */
  constructor(root, termsVersion, listener) {
    this.termsVersion = termsVersion;
    this.listener = listener;
    this.form = part(root, "entry-form", HTMLFormElement);
    this.birthDate = part(root, "birth-date", HTMLInputElement);
    this.birthDateError = part(root, "birth-date-error", HTMLElement);
    this.acceptTerms = part(root, "accept-terms", HTMLInputElement);
    this.acceptTermsError = part(root, "accept-terms-error", HTMLElement);
    this.languages = part(root, "languages", HTMLElement);
    this.languagesChosen = part(root, "languages-chosen", HTMLElement);
    this.enter = part(root, "enter", HTMLButtonElement);
    this.error = part(root, "entry-error", HTMLElement);
    this.underAge = part(root, "under-age", HTMLElement);
    this.underAgeTitle = part(root, "under-age-title", HTMLElement);
    this.underAgeHelp = part(root, "under-age-help", HTMLAnchorElement);
    this.birthDate.max = new Date().toISOString().slice(0, 10);
    this.proofStatus = part(root, "proof-status", HTMLElement);
    this.isWaiting = false;
    /** @type {import("./proof.js").ProofState} */
    this.proofState = "resting";
    this.prover = new Prover(part(root, "proof", HTMLElement), (state) => {
      this.proofState = state;
      this.#sayProof();
    });
    this.#offerLanguages();
    // Whoever only reads the page need not work for it.
    this.form.addEventListener("focusin", () => this.prover.begin(), { once: true });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  #offerLanguages() {
    const known = chosenLanguages().map((tag) => tag.split("-")[0] ?? tag);
    const offered = [...new Set([...known, ...LANGUAGES])];
    for (const code of offered) {
      const chip = make("label", "chip");
      const box = make("input", "");
      box.type = "checkbox";
      box.value = code;
      box.checked = known.includes(code);
      chip.append(box, make("span", "", languageName(code)));
      this.languages.append(chip);
    }
    this.languages.addEventListener("change", () => this.#limitLanguages());
    this.#limitLanguages();
  }

  #limitLanguages() {
    const boxes = [...this.languages.querySelectorAll("input")];
    const isFull = boxes.filter((box) => box.checked).length >= LANGUAGES_MAX;
    for (const box of boxes) {
      box.disabled = isFull && !box.checked;
    }
    this.languagesChosen.textContent = this.#checked().map(languageName).join(", ");
  }

  #checked() {
    return [...this.languages.querySelectorAll("input")]
      .filter((box) => box.checked)
      .map((box) => box.value);
  }

  async #submit() {
    tell(this.error, "");
    if (!this.#isComplete()) {
      return;
    }
    this.enter.disabled = true;
    this.isWaiting = true;
    this.#sayProof();
    try {
      await this.#ask();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.enter.disabled = false;
      this.isWaiting = false;
      this.#sayProof();
    }
  }

  #sayProof() {
    tell(this.proofStatus, proofWords(this.proofState, this.isWaiting));
  }

  /** @param {unknown} error */
  #failed(error) {
    if (error instanceof ProofError && error.code === "unsolved") {
      tell(
        this.error,
        gettext(
          "Your browser could not solve the puzzle that keeps machines out. Load the page again, or try another browser.",
        ),
      );
    } else if (error instanceof ProofError) {
      this.#refused({ code: error.code, retry_after_s: error.retryAfterS });
    } else {
      // fetch rejects only when no answer came.
      tell(this.error, gettext("The server cannot be reached. Check your connection and try again."));
    }
  }

  #isComplete() {
    const dateWords = this.birthDate.validity.valid
      ? ""
      : gettext("Give your date of birth: day, month and year.");
    const termsWords = this.acceptTerms.checked
      ? ""
      : gettext("Without your consent to the analysis we cannot let you in.");
    this.#mark(this.birthDate, this.birthDateError, dateWords);
    this.#mark(this.acceptTerms, this.acceptTermsError, termsWords);
    if (dateWords) {
      this.birthDate.focus();
    } else if (termsWords) {
      this.acceptTerms.focus();
    }
    return !dateWords && !termsWords;
  }

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} error
   * @param {string} words
   */
  #mark(input, error, words) {
    tell(error, words);
    input.setAttribute("aria-invalid", String(words !== ""));
  }

  async #ask() {
    const languages = this.#checked();
    for (let tried = 1; ; tried += 1) {
      const proof = await this.prover.take();
      const { status, answer } = await this.#knock(languages, proof);
      if (status === 201) {
        remember("languages", languages.join(" "));
        forget("sound");
        this.listener.onEntered();
        return;
      }
      const isProofRefused = answer.code === "bad_request" && "proof" in (answer.fields ?? {});
      if (isProofRefused || answer.code === "under_age" || answer.code === "barred") {
        this.prover.forget();
      }
      if (!isProofRefused || tried === PROOFS_MAX) {
        this.#refused(answer);
        return;
      }
    }
  }

  /**
   * @param {string[]} languages
   * @param {string | null} proof
   */
  async #knock(languages, proof) {
    const response = await fetch("/api/enter", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        birth_date: this.birthDate.value,
        accept_terms: this.termsVersion,
        languages,
        ...(proof === null ? {} : { proof }),
      }),
    });
    return { status: response.status, answer: await response.json() };
  }

  /** @param {Record<string, any>} answer */
  #refused(answer) {
    switch (answer.code) {
      case "under_age":
        if (answer.help_url) {
          this.underAgeHelp.href = answer.help_url;
        }
        this.form.hidden = true;
        this.underAge.hidden = false;
        this.underAgeTitle.focus();
        break;
      case "barred":
        this.listener.onBarred(barFrom(answer));
        break;
      case "bad_request":
        this.#explain(answer.fields ?? {});
        break;
      default:
        tell(
          this.error,
          failureWords({
            type: "error",
            code: answer.code === "slow_down" ? "slow_down" : "unavailable",
            detail: "",
            retry_after_s: answer.retry_after_s,
          }),
        );
    }
  }

  /** @param {Record<string, string>} fields */
  #explain(fields) {
    if ("birth_date" in fields) {
      const words = gettext("That date cannot be right. Look at day, month and year.");
      this.#mark(this.birthDate, this.birthDateError, words);
      this.birthDate.focus();
    } else if ("accept_terms" in fields) {
      tell(this.error, gettext("The terms have changed since you opened this page. Load it again."));
    } else if ("proof" in fields) {
      tell(this.error, gettext("The puzzle that keeps machines out was not accepted. Try again."));
    } else {
      tell(this.error, gettext("The server did not understand the page. Load it again."));
    }
  }
}

/**
 * The languages that were chosen at the last visit, else those of the browser.
 *
 * @returns {string[]}
 */
export function chosenLanguages() {
  const kept = recall("languages");
  const tags = kept === null ? [...navigator.languages] : kept.split(" ").filter(Boolean);
  return [...new Set(tags.map((tag) => tag.split("-")[0] ?? tag))].slice(0, LANGUAGES_MAX);
}

/**
 * The bar in the answer of `POST /api/enter`, in the shape of the socket's message.
 *
 * @param {Record<string, any>} answer
 * @returns {import("./protocol.js").Barred}
 */
function barFrom(answer) {
  const { statement } = answer;
  return {
    type: "barred",
    rule: answer.rule,
    until: answer.until ?? null,
    statement: typeof statement === "string" ? { code: "", url: statement } : statement,
    appeal_url: answer.appeal_url,
  };
}
