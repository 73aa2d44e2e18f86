/**
 * A warning by the staff: which rule, what follows, and where the reasons are. It stays in every
 * view until it is read; a second one waits for the first.
 */

import { part, write } from "./parts.js";
import { ruleWords } from "./wording.js";

export class WarningView {
  /** @type {{ rule: string, url: string }[]} */
  #waiting = [];

  /** @param {HTMLElement} root */
  constructor(root) {
    this.box = part(root, "warning", HTMLElement);
    this.title = part(root, "warning-title", HTMLElement);
    this.words = part(root, "warning-words", HTMLElement);
    this.statement = part(root, "warning-statement", HTMLAnchorElement);
    part(root, "warning-read", HTMLButtonElement).addEventListener("click", () => this.#read());
  }

  /**
   * @param {string} rule
   * @param {string} url of the statement
   */
  show(rule, url) {
    this.#waiting.push({ rule, url });
    this.#render();
  }

  #read() {
    this.#waiting.shift();
    this.#render();
  }

  #render() {
    const [first] = this.#waiting;
    if (first) {
      write(
        this.title,
        interpolate(gettext("A warning: %(rule)s."), { rule: ruleWords(first.rule) }, true),
      );
      write(
        this.words,
        gettext(
          "A person on our staff found that what you wrote broke this rule. You can go on talking; if it happens again, what follows is longer.",
        ),
      );
      this.statement.href = first.url;
    }
    this.box.hidden = !first;
  }
}
