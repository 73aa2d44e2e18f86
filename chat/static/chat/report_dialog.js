/**
 * The report: one tap opens it, a second one sends it.
 */

import { make, part } from "./parts.js";
import { REPORT_REASONS } from "./protocol.js";
import { ruleWords } from "./wording.js";

/** Reasons after which the one who reports may need help as well. */
const DISTRESSING = new Set([
  "minor",
  "grooming",
  "sexual_pressure",
  "blackmail",
  "threat",
  "self_harm",
]);

export class ReportDialog {
  /**
   * @param {HTMLElement} root
   * @param {(reason: string, note: string, conversation: string, isDistressing: boolean) => void}
   *   onSend
   */
  constructor(root, onSend) {
    this.dialog = part(root, "report-dialog", HTMLDialogElement);
    this.reason = part(root, "report-reason", HTMLSelectElement);
    this.note = part(root, "report-note", HTMLTextAreaElement);
    this.help = part(root, "report-help", HTMLElement);
    this.failed = part(root, "report-failed", HTMLElement);
    this.code = part(root, "conversation-code", HTMLAnchorElement);
    for (const reason of REPORT_REASONS) {
      const option = make("option", "", ruleWords(reason));
      option.value = reason;
      this.reason.append(option);
    }
    this.reason.addEventListener("change", () => this.#offerHelp());
    this.dialog.addEventListener("close", () => {
      if (this.dialog.returnValue === "send") {
        const { value } = this.reason;
        const conversation = this.code.textContent ?? "";
        onSend(value, this.note.value.trim(), conversation, DISTRESSING.has(value));
      }
    });
  }

  get isOpen() {
    return this.dialog.open;
  }

  /**
   * @param {import("./protocol.js").Mode} mode decides which reason is likeliest
   * @param {string} conversation
   */
  open(mode, conversation) {
    this.#open(mode === "video" ? "nudity" : "harassment", "", conversation);
  }

  /**
   * The same report once more, with what was written.
   *
   * @param {import("./state.js").Unfiled} unfiled
   */
  reopen(unfiled) {
    this.#open(unfiled.reason, unfiled.note, unfiled.conversation);
    this.failed.hidden = false;
  }

  /**
   * @param {string} reason
   * @param {string} note
   * @param {string} conversation
   */
  #open(reason, note, conversation) {
    this.code.textContent = conversation;
    this.code.href = `/notice/?conversation=${encodeURIComponent(conversation)}`;
    this.reason.value = reason;
    this.note.value = note;
    this.failed.hidden = true;
    this.dialog.returnValue = "";
    this.#offerHelp();
    this.dialog.showModal();
    this.reason.focus();
  }

  close() {
    if (this.dialog.open) {
      this.dialog.close("cancel");
    }
  }

  #offerHelp() {
    this.help.hidden = !DISTRESSING.has(this.reason.value);
  }
}
