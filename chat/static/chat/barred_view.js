/**
 * The barred page: which rule, what was found, who decided, until when, and what can be done.
 * It looks at the statement again and again, and says so when the bar is over.
 */

import { part, tell, write } from "./parts.js";
import { failureWords, ruleWords, timeWords } from "./wording.js";

const LOOK_EVERY_MS = 10_000;

/**
 * @typedef {object} Statement what the statement says of itself as JSON
 * @property {"in_force" | "over" | "lifted" | "warned"} state
 * @property {string | null} until
 * @property {string} [title] of the policy, which may say more than the rule's
 * @property {string} [facts]
 * @property {boolean} [automated]
 * @property {boolean} [pressed] the person has said that somebody asked them to
 * @property {boolean} [appealed]
 */

export class BarredView {
  /** @type {import("./protocol.js").Barred | null} */
  #bar = null;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {HTMLElement} root
   * @param {() => void} onComeBack
   */
  constructor(root, onComeBack) {
    this.badge = part(root, "barred-badge", HTMLElement);
    this.title = part(root, "barred-title", HTMLElement);
    this.state = part(root, "barred-state", HTMLElement);
    this.rule = part(root, "barred-rule", HTMLElement);
    this.factsName = part(root, "barred-facts-name", HTMLElement);
    this.facts = part(root, "barred-facts", HTMLElement);
    this.by = part(root, "barred-by", HTMLElement);
    this.until = part(root, "barred-until", HTMLElement);
    this.appeal = part(root, "appeal-link", HTMLAnchorElement);
    this.statement = part(root, "statement-link", HTMLAnchorElement);
    this.comeBack = part(root, "come-back", HTMLButtonElement);
    this.pressed = part(root, "pressed", HTMLButtonElement);
    this.pressedBox = part(root, "pressed-box", HTMLElement);
    this.pressedAnswer = part(root, "pressed-answer", HTMLElement);
    this.comeBack.addEventListener("click", onComeBack);
    this.pressed.addEventListener("click", () => void this.#sayPressed());
  }

  /** @param {import("./state.js").State} state */
  render(state) {
    if (state.view !== "barred" || !state.bar) {
      window.clearTimeout(this.#timer);
      this.#bar = null;
      return;
    }
    if (this.#bar === state.bar) {
      return;
    }
    this.#bar = state.bar;
    write(this.rule, ruleWords(state.bar.rule));
    // A statement is written a moment after the bar when the database was away.
    this.appeal.href = state.bar.appeal_url ? `${state.bar.appeal_url}#appeal-section` : "/help/";
    this.statement.href = state.bar.statement?.url ?? "/help/";
    this.statement.hidden = !state.bar.statement;
    this.comeBack.hidden = true;
    this.pressed.disabled = false;
    this.pressedBox.hidden = !state.bar.statement;
    tell(this.pressedAnswer, "");
    this.#show({ state: "in_force", until: state.bar.until });
    void this.#look();
  }

  async #look() {
    const bar = this.#bar;
    window.clearTimeout(this.#timer);
    if (!bar?.statement) {
      return;
    }
    try {
      const url = new URL(bar.statement.url, window.location.href);
      url.searchParams.set("format", "json");
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (response.ok && bar === this.#bar) {
        this.#show(await response.json());
      }
    } catch {
      // No answer, or none that can be read: what stands there stays, and the next look may
      // get one.
    }
    if (bar === this.#bar) {
      this.#timer = window.setTimeout(() => void this.#look(), LOOK_EVERY_MS);
    }
  }

  /** @param {Statement} statement */
  #show(statement) {
    const isOver = statement.state !== "in_force";
    this.badge.hidden = isOver;
    this.comeBack.hidden = !isOver;
    this.appeal.hidden = isOver;
    if (isOver) {
      write(this.title, gettext("You can talk again"));
      write(
        this.state,
        statement.state === "lifted"
          ? gettext("A person has looked at it and lifted the bar.")
          : gettext("The time is over."),
      );
    } else {
      write(this.title, gettext("You cannot talk here for now"));
      write(this.state, untilLead(statement.until));
    }
    write(this.until, untilWords(statement));
    write(this.by, byWords(statement.automated));
    this.#showMore(statement);
  }

  /** @param {Statement} statement */
  #showMore(statement) {
    if (statement.title) {
      write(this.rule, statement.title);
    }
    const facts = statement.facts ?? "";
    tell(this.facts, facts);
    this.factsName.hidden = facts === "";
    this.appeal.textContent = statement.appealed ? gettext("Your appeal") : gettext("Appeal");
    if (statement.pressed) {
      this.pressed.disabled = true;
      tell(this.pressedAnswer, thanksWords());
    }
  }

  async #sayPressed() {
    const bar = this.#bar;
    if (!bar?.statement) {
      return;
    }
    this.pressed.disabled = true;
    const token = document.querySelector('input[name="csrfmiddlewaretoken"]');
    try {
      const response = await fetch(`${bar.statement.url.replace(/\/?$/, "/")}pressed/`, {
        method: "POST",
        headers: { "X-CSRFToken": token instanceof HTMLInputElement ? token.value : "" },
      });
      this.pressed.disabled = response.ok;
      tell(this.pressedAnswer, response.ok ? thanksWords() : refusedWords(response));
    } catch {
      this.pressed.disabled = false;
      tell(this.pressedAnswer, gettext("That did not arrive. Try again in a moment."));
    }
  }
}

/** @param {Response} response */
function refusedWords(response) {
  if (response.status === 429) {
    const waitS = Number(response.headers.get("Retry-After"));
    return failureWords({ type: "error", code: "slow_down", detail: "", retry_after_s: waitS });
  }
  return gettext("That did not arrive. Try again, or write it in an appeal.");
}

function thanksWords() {
  return gettext("Thank you for saying so. A person will read it together with what happened.");
}

/** @param {string | null} until */
function untilLead(until) {
  return until === null
    ? gettext("A person decides about it next.")
    : interpolate(gettext("It ends by itself: %(time)s."), { time: timeWords(new Date(until)) }, true);
}

/** @param {Statement} statement */
function untilWords(statement) {
  if (statement.state !== "in_force") {
    return gettext("It has ended.");
  }
  return statement.until === null
    ? gettext("When a person has decided")
    : timeWords(new Date(statement.until));
}

/** @param {boolean | undefined} isAutomated */
function byWords(isAutomated) {
  if (isAutomated === undefined) {
    return gettext("See the statement");
  }
  return isAutomated ? gettext("A machine; a person looks at it afterwards") : gettext("A person");
}
