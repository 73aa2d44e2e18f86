/**
 * The lines of a conversation, and the one being written.
 *
 * Whatever a stranger wrote becomes a text node and nothing else: no markup, no links.
 */

import { make, part } from "./parts.js";
import { LINE_MAX_CHARACTERS, countCharacters } from "./protocol.js";
import { cautionWords, comfortWords, unfiledWords, withheldWords } from "./wording.js";

const COUNT_FROM = 400;
const TYPING_PAUSE_MS = 3_000;
const TYPING_SHOWN_MS = 8_000;

/**
 * @typedef {object} Listener
 * @property {(id: string, text: string) => boolean} onSay false when it cannot be sent now
 * @property {(on: boolean) => void} onTyping
 * @property {() => void} onReport
 * @property {(unfiled: import("./state.js").Unfiled) => void} onReportAgain
 */

export class LinesView {
  #count = 0;
  #isTyping = false;
  /** @type {number | undefined} */
  #typingTimer;
  /** @type {number | undefined} */
  #shownTimer;
  /** @type {Map<string, HTMLElement>} */
  #own = new Map();
  /** The newest line is in view. */
  #isFollowing = true;
  #room = "";

  /**
   * @param {HTMLElement} root
   * @param {Listener} listener
   */
  constructor(root, listener) {
    this.listener = listener;
    this.box = part(root, "lines-box", HTMLElement);
    this.list = part(root, "lines", HTMLElement);
    this.typing = part(root, "typing", HTMLElement);
    this.form = part(root, "composer", HTMLFormElement);
    this.input = part(root, "line-input", HTMLTextAreaElement);
    this.send = part(root, "send", HTMLButtonElement);
    this.counter = part(root, "line-count", HTMLElement);
    this.box.addEventListener("scroll", () => {
      // What the browser scrolls because the room changed was not the reader's wish.
      if (this.#room === roomOf(this.box)) {
        this.#isFollowing = this.box.scrollTop > this.#newestTop() - 2;
      }
    });
    // A phone that is turned, or a taller field to write in, must not hide the newest line.
    const resized = new ResizeObserver(() => {
      this.#room = roomOf(this.box);
      if (this.#isFollowing) {
        this.#toNewest();
      }
    });
    resized.observe(this.box);
    resized.observe(this.list);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => this.#changed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
  }

  /** A new conversation: nothing of the last one stays. */
  clear() {
    this.list.replaceChildren();
    this.#own.clear();
    this.input.value = "";
    this.showTyping(false);
    this.#changed();
  }

  /**
   * @param {boolean} isOpen somebody is there to write to
   * @param {boolean} canSend and the server can be reached
   */
  setOpen(isOpen, canSend) {
    this.input.disabled = !isOpen;
    this.send.setAttribute("aria-disabled", String(!canSend));
    if (!canSend) {
      this.showTyping(false);
      this.#isTyping = false;
      window.clearTimeout(this.#typingTimer);
    }
  }

  /** @param {string} text */
  addPartner(text) {
    this.showTyping(false);
    this.#append("line line-partner", gettext("Stranger"), text);
  }

  /** @param {string} id of a line of one's own that is on its way */
  accept(id) {
    this.#own.get(id)?.classList.remove("line-waiting");
  }

  /** @param {import("./protocol.js").Withheld} withheld */
  withhold(withheld) {
    this.refuse(withheld.id, withheldWords(withheld));
  }

  /**
   * A line of one's own did not go out.
   *
   * @param {string} id
   * @param {string} words why not
   */
  refuse(id, words) {
    const line = this.#own.get(id);
    line?.classList.remove("line-waiting");
    line?.classList.add("line-withheld");
    if (line) {
      line.append(make("p", "line-note", words));
      this.#scroll();
    } else {
      this.addNotice(words, "warning");
    }
  }

  /**
   * Advice beside the line that it is about, with what to do about it.
   *
   * @param {import("./protocol.js").Caution} caution
   */
  caution(caution) {
    const item = this.addNotice(cautionWords(caution.about, caution.detail), "warning");
    item.classList.add("line-caution");
    item.dataset.about = caution.about;
    const report = make("button", "link-button", gettext("Report"));
    report.type = "button";
    report.addEventListener("click", () => this.listener.onReport());
    const ways = make("p", "line-ways");
    ways.append(report);
    if (caution.help_url?.startsWith("/")) {
      ways.append(helpLink(caution.help_url));
    }
    item.append(ways);
    this.#scroll();
  }

  /** @param {import("./protocol.js").Notice} notice */
  notice(notice) {
    if (!notice.help_lines) {
      this.addNotice(notice.detail, notice.level);
      return;
    }
    const item = this.addNotice(comfortWords(), "info");
    item.classList.add("line-comfort");
    const list = make("ul", "help-lines");
    list.append(...notice.help_lines.map(helpLineItem));
    item.append(list);
    if (notice.help_url?.startsWith("/")) {
      item.append(helpLink(notice.help_url, gettext("More help")));
    }
    this.#scroll();
  }

  /**
   * After a report that may have shaken the one who made it.
   *
   * @param {string} path
   */
  offerHelp(path) {
    const words = gettext("If this shook you, or you are in danger:");
    this.addNotice(words, "info").append(" ", helpLink(path));
  }

  /** @param {string} receipt of a report, whose page tells what became of it */
  addReceipt(receipt) {
    this.#forgetUnfiled();
    const words = gettext("Thank you. The report has arrived; a person will look at it. Your receipt:");
    const link = make("a", "", receipt);
    link.href = `/receipt/${encodeURIComponent(receipt)}/`;
    link.target = "_blank";
    link.rel = "noopener";
    this.addNotice(words, "info").append(" ", link);
  }

  /**
   * A report that was not filed, with the way to send it again.
   *
   * @param {import("./state.js").Unfiled} unfiled
   */
  addUnfiled(unfiled) {
    this.#forgetUnfiled();
    const item = this.addNotice(unfiledWords(), "warning");
    item.setAttribute("role", "alert");
    item.dataset.testid = "report-unfiled";
    const again = make("button", "button", gettext("Send the report again"));
    again.type = "button";
    again.dataset.testid = "report-again";
    again.addEventListener("click", () => this.listener.onReportAgain(unfiled));
    const ways = make("p", "line-ways");
    ways.append(again);
    item.append(ways);
    this.#scroll();
  }

  /** There is at most one word on a report that was not filed, and none once it is. */
  #forgetUnfiled() {
    this.list.querySelector("[data-testid=report-unfiled]")?.remove();
  }

  /**
   * Something that the house says in between.
   *
   * @param {string} words
   * @param {"info" | "warning"} level
   */
  addNotice(words, level) {
    const item = make("li", level === "warning" ? "line-notice line-warning" : "line-notice", words);
    this.list.append(item);
    this.#scroll();
    return item;
  }

  /** @param {boolean} on */
  showTyping(on) {
    window.clearTimeout(this.#shownTimer);
    this.typing.textContent = on ? gettext("They are writing…") : "";
    if (on) {
      this.#shownTimer = window.setTimeout(() => this.showTyping(false), TYPING_SHOWN_MS);
    }
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || countCharacters(text) > LINE_MAX_CHARACTERS) {
      return;
    }
    this.#count += 1;
    const id = `${Date.now().toString(36)}-${this.#count}`;
    if (!this.listener.onSay(id, text)) {
      return;
    }
    const line = this.#append("line line-own line-waiting", gettext("You"), text);
    this.#own.set(id, line);
    this.input.value = "";
    this.#stopTyping();
    this.#changed();
    this.#toNewest();
  }

  #changed() {
    const length = countCharacters(this.input.value.trim());
    const left = LINE_MAX_CHARACTERS - length;
    this.counter.textContent = length < COUNT_FROM ? "" : leftWords(left);
    this.counter.classList.toggle("is-over", left < 0);
    this.input.setAttribute("aria-invalid", String(left < 0));
    if (length > 0 && this.send.getAttribute("aria-disabled") !== "true") {
      if (!this.#isTyping) {
        this.#isTyping = true;
        this.listener.onTyping(true);
      }
      window.clearTimeout(this.#typingTimer);
      this.#typingTimer = window.setTimeout(() => this.#stopTyping(), TYPING_PAUSE_MS);
    } else {
      this.#stopTyping();
    }
  }

  #stopTyping() {
    window.clearTimeout(this.#typingTimer);
    if (this.#isTyping) {
      this.#isTyping = false;
      this.listener.onTyping(false);
    }
  }

  /**
   * @param {string} className
   * @param {string} speaker
   * @param {string} text
   */
  #append(className, speaker, text) {
    const item = make("li", className);
    const said = make("p", "line-text", text);
    // A line has the direction of its own script, whatever the page's is.
    said.dir = "auto";
    item.append(make("span", "line-speaker", speaker), said);
    this.list.append(item);
    this.#scroll();
    return item;
  }

  /** Follow the newest line, unless somebody has scrolled up to read. */
  #scroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    const last = this.list.lastElementChild;
    const lastHeight = last instanceof HTMLElement ? last.offsetHeight : 0;
    if (scrollHeight - scrollTop - clientHeight < lastHeight + 120) {
      this.#toNewest();
    }
  }

  #toNewest() {
    this.#isFollowing = true;
    this.box.scrollTop = this.#newestTop();
  }

  /** How far down the newest line is in view: its end, but its beginning when it is too tall. */
  #newestTop() {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    const end = scrollHeight - clientHeight;
    const newest = this.list.lastElementChild;
    if (!newest) {
      return end;
    }
    const above = newest.getBoundingClientRect().top - this.box.getBoundingClientRect().top;
    return Math.min(end, scrollTop + above);
  }
}

/** @param {HTMLElement} box */
function roomOf(box) {
  return `${box.clientWidth} ${box.clientHeight} ${box.scrollHeight}`;
}

/**
 * @param {string} path on this site
 * @param {string} [words]
 */
function helpLink(path, words = gettext("Help")) {
  const link = make("a", "", words);
  link.href = path;
  link.target = "_blank";
  link.rel = "noopener";
  return link;
}

/** @param {import("./protocol.js").HelpLine} line */
function helpLineItem({ place, name, number, url }) {
  const item = make("li", "");
  if (url?.startsWith("https://")) {
    const link = make("a", "", name);
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    item.append(link);
  } else if (number && url?.startsWith("tel:")) {
    const call = make("a", "");
    call.href = url;
    call.append(make("strong", "", number));
    item.append(call, ` ${name}`);
  }
  item.append(make("span", "line-speaker", place));
  return item;
}

/** @param {number} left */
function leftWords(left) {
  return left >= 0
    ? interpolate(
        ngettext("%(count)s character left", "%(count)s characters left", left),
        { count: left },
        true,
      )
    : interpolate(
        ngettext("%(count)s character too many", "%(count)s characters too many", -left),
        { count: -left },
        true,
      );
}
