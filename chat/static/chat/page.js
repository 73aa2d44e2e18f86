/**
 * The page itself: it feeds what happens into the state machine, performs the effects and lets
 * the views show the state.
 */

import { BarredView } from "./barred_view.js";
import { CameraError } from "./camera.js";
import { CheckView } from "./check_view.js";
import { ControlSocket } from "./control_socket.js";
import { ConversationView } from "./conversation_view.js";
import { EntryView } from "./entry_view.js";
import { detectFeatures } from "./features.js";
import { LinesView } from "./lines_view.js";
import { LobbyView } from "./lobby_view.js";
import { forget } from "./memory.js";
import { part, tell } from "./parts.js";
import { Place } from "./place.js";
import { RESUME_GRACE_MS } from "./protocol.js";
import { ReportDialog } from "./report_dialog.js";
import { firstState } from "./state.js";
import { step } from "./step.js";
import { Studio } from "./studio.js";
import { WarningView } from "./warning_view.js";
import { failureWords } from "./wording.js";

class Page {
  /** @type {number | undefined} */
  #graceTimer;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.state = firstState(root.dataset.entered === "true");
    this.notice = part(root, "page-notice", HTMLElement);
    this.place = new Place();
    this.control = new ControlSocket(root.dataset.controlPath ?? "", {
      onMessage: (message) => this.handle({ type: "message", message }),
      onLost: () => this.handle({ type: "lost" }),
      onClosed: (code) => this.handle({ type: "closed", code }),
    });
    this.entry = new EntryView(root, root.dataset.termsVersion ?? "", {
      onEntered: () => this.handle({ type: "entered" }),
      onBarred: (bar) => this.handle({ type: "barred", bar }),
    });
    this.lobby = new LobbyView(root, {
      onStart: (wish) => void this.#start(wish),
      onForget: () => void this.#forget(),
    });
    this.check = new CheckView(this.#view("check"), {
      onAgain: () => this.handle({ type: "check_again" }),
      onText: () => this.#talkByText(),
      onBack: () => this.handle({ type: "lobby" }),
    });
    this.conversation = new ConversationView(this.#view("conversation"), {
      onStop: () => this.handle({ type: "stop" }),
      onNext: () => this.handle({ type: "next" }),
      onLobby: () => this.handle({ type: "lobby" }),
      onReport: () => this.#openReport(),
      onBlock: () => this.handle({ type: "block" }),
    });
    this.report = new ReportDialog(root, (reason, note, conversation, isDistressing) => {
      this.handle({ type: "report", reason, note, conversation });
      if (isDistressing) {
        this.lines.offerHelp("/help/");
      }
    });
    this.lines = new LinesView(root, {
      onSay: (id, text) =>
        this.state.phase === "talking" && this.control.send({ type: "say", id, text }),
      onTyping: (on) => void this.control.send({ type: "typing", on }),
      onReport: () => this.#openReport(),
      onReportAgain: (unfiled) => this.report.reopen(unfiled),
    });
    this.studio = new Studio(root, {
      onStopped: (words) => this.#leaveFor(words),
      onNotice: (words) => void this.lines.addNotice(words, "warning"),
      onRelayWanted: () => this.handle({ type: "media_lost" }),
      onGivenUp: () => this.handle({ type: "stop" }),
    });
    this.warning = new WarningView(root);
    this.barred = new BarredView(this.#view("barred"), () => this.handle({ type: "come_back" }));
  }

  /** Show the first view, and connect when this browser has entered already. */
  async begin() {
    part(this.root, "use-here", HTMLButtonElement).addEventListener("click", () =>
      this.handle({ type: "come_back" }),
    );
    document.addEventListener("keydown", (event) => this.#pressed(event));
    window.addEventListener("pagehide", () => this.#hidden());
    this.#render(null);
    if (this.state.view === "lobby") {
      if (await this.place.isTaken()) {
        this.handle({ type: "taken" });
      } else {
        this.control.open();
      }
    }
    this.studio.features = await detectFeatures();
    this.#offerVideo();
  }

  #hidden() {
    this.control.send({ type: "leave" });
    this.place.keep(false);
  }

  /** @param {import("./state.js").PageEvent} event */
  handle(event) {
    const before = this.state;
    const { state, effects } = step(before, event);
    this.state = state;
    for (const effect of effects) {
      this.#perform(effect);
    }
    if (before.welcome !== state.welcome) {
      this.#offerVideo();
    }
    this.#render(before);
  }

  /** @param {import("./state.js").Effect} effect */
  #perform(effect) {
    switch (effect.do) {
      case "connect":
        this.control.open();
        break;
      case "send":
        if (!this.control.send(effect.message) && effect.message.type !== "leave") {
          tell(this.notice, gettext("That did not reach the server. It is being called again."));
        }
        break;
      case "begin":
        this.#begin(effect.conversation);
        break;
      case "attach":
        this.studio.attach(effect.relay, this.state.view !== "check");
        break;
      case "detach":
        this.studio.detach();
        break;
      case "camera_off":
        this.studio.close();
        break;
      case "await_grace":
        window.clearTimeout(this.#graceTimer);
        this.#graceTimer = window.setTimeout(
          () => this.handle({ type: "grace_over" }),
          RESUME_GRACE_MS,
        );
        break;
      case "tell":
        this.#tell(effect.message);
        break;
    }
  }

  /** @param {import("./state.js").Conversation} conversation */
  #begin(conversation) {
    this.lines.clear();
    this.report.close();
    let hello = gettext("Say hello. Never tell who you are or where you live.");
    if (conversation.mode === "video") {
      this.studio.begin();
      if (!this.studio.isSoundOn) {
        const soundWords = gettext("Sound stays off until you turn it on.");
        hello += ` ${soundWords}`;
      }
    }
    this.lines.addNotice(hello, "info");
    if (this.state.unfiled?.isRefused) {
      this.lines.addUnfiled(this.state.unfiled);
    }
  }

  #openReport() {
    const { unfiled } = this.state;
    if (unfiled?.isRefused && unfiled.conversation === this.state.conversation?.id) {
      this.report.reopen(unfiled);
    } else if (this.state.conversation && !this.state.isReported) {
      const { id, mode } = this.state.conversation;
      this.report.open(mode, id);
    }
  }

  /** @param {import("./protocol.js").ServerMessage} message */
  #tell(message) {
    switch (message.type) {
      case "said":
        this.lines.addPartner(message.text);
        break;
      case "accepted":
        this.lines.accept(message.id);
        break;
      case "withheld":
        this.lines.withhold(message);
        break;
      case "typing":
        this.lines.showTyping(message.on);
        break;
      case "caution":
        this.lines.caution(message);
        break;
      case "notice":
        if (message.statement) {
          this.warning.show(message.rule, message.statement.url);
        } else {
          this.lines.notice(message);
        }
        break;
      case "reported":
        this.lines.addReceipt(message.receipt);
        break;
      case "error":
        if (message.of === "report" && this.state.unfiled) {
          this.#tellUnfiled(this.state.unfiled);
        } else if (message.id === undefined) {
          this.#complain(failureWords(message));
        } else {
          this.lines.refuse(message.id, failureWords(message));
        }
        break;
    }
  }

  /** @param {import("./state.js").Unfiled} unfiled */
  #tellUnfiled(unfiled) {
    if (this.state.view === "conversation") {
      this.lines.addUnfiled(unfiled);
    } else {
      this.report.reopen(unfiled);
    }
  }

  /** @param {string} words */
  #complain(words) {
    if (this.state.view === "conversation") {
      this.lines.addNotice(words, "warning");
    } else if (this.state.view === "check") {
      this.check.say(words);
    } else {
      this.lobby.say(words);
    }
  }

  /** @param {import("./protocol.js").Wish} wish */
  async #start(wish) {
    if (wish.mode === "text") {
      this.studio.close();
      this.handle({ type: "start", wish });
      return;
    }
    this.lobby.setOpening(true);
    this.lobby.render(this.state);
    try {
      await this.studio.open();
      this.handle({ type: "start", wish });
    } catch (error) {
      if (!(error instanceof CameraError)) {
        throw error;
      }
      this.lobby.say(error.message);
    } finally {
      this.lobby.setOpening(false);
      this.lobby.render(this.state);
    }
  }

  #talkByText() {
    if (this.state.wish) {
      void this.#start({ ...this.state.wish, mode: "text" });
    }
  }

  /** @param {string} words why it is back to the lobby */
  #leaveFor(words) {
    this.handle({ type: "lobby" });
    this.lobby.say(words);
  }

  async #forget() {
    try {
      await fetch("/api/leave", { method: "POST" });
    } catch {
      this.lobby.say(gettext("The server cannot be reached. Check your connection and try again."));
      return;
    }
    this.control.close();
    forget("languages", "interests", "sound");
    window.location.reload();
  }

  #offerVideo() {
    const isOpen = this.state.welcome?.video_open ?? this.root.dataset.videoOpen === "true";
    this.lobby.setVideo(this.studio.features, isOpen);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const isOurs = event.key === "Escape" && !event.repeat && !event.isComposing;
    if (!isOurs || event.defaultPrevented || this.report.isOpen) {
      return;
    }
    if (this.state.view === "conversation") {
      event.preventDefault();
      this.handle({ type: this.state.phase === "ended" ? "next" : "stop" });
    } else if (this.state.view === "check") {
      event.preventDefault();
      this.handle({ type: "lobby" });
    }
  }

  /** @param {import("./state.js").State | null} before null at the beginning */
  #render(before) {
    const { state } = this;
    if (state.isConnected) {
      tell(this.notice, "");
      window.clearTimeout(this.#graceTimer);
    }
    if (state.phase === "searching" && before?.phase !== "searching") {
      this.lines.clear();
    }
    this.place.keep(state.view === "conversation" && state.phase !== "ended");
    this.lobby.render(state);
    this.check.render(state);
    this.conversation.render(state);
    this.studio.render(state);
    this.barred.render(state);
    this.#openComposer(state.phase === "talking");
    if (before?.view !== state.view) {
      this.#show(state.view, before !== null);
      if (state.view === "check") {
        this.studio.openMirror(this.check.video);
      } else if (before?.view === "check") {
        this.studio.closeMirror(this.check.video);
      }
    }
  }

  /**
   * Focus never falls off the page: when the composer closes under it, it goes to the words that
   * say why, and when somebody comes it goes where one writes (but not on a phone, where that
   * would open the keyboard over the picture).
   *
   * @param {boolean} isOpen
   */
  #openComposer(isOpen) {
    const { input } = this.lines;
    const wasOpen = !input.disabled;
    const hadFocus = document.activeElement === input;
    this.lines.setOpen(isOpen, isOpen && this.state.isConnected);
    if (hadFocus && !isOpen) {
      this.conversation.partnerState.focus({ preventScroll: true });
    } else if (isOpen && !wasOpen && window.matchMedia("(pointer: fine)").matches) {
      input.focus({ preventScroll: true });
    }
  }

  /**
   * @param {string} view
   * @param {boolean} takesFocus
   */
  #show(view, takesFocus) {
    document.body.dataset.view = view;
    for (const section of this.root.querySelectorAll("[data-view]")) {
      if (section instanceof HTMLElement) {
        section.hidden = section.dataset.view !== view;
      }
    }
    if (view !== "conversation") {
      this.report.close();
    }
    if (takesFocus) {
      window.scrollTo(0, 0);
      this.#view(view).querySelector("h1")?.focus({ preventScroll: true });
    }
  }

  /** @param {string} name */
  #view(name) {
    const section = this.root.querySelector(`[data-view="${name}"]`);
    if (!(section instanceof HTMLElement)) {
      throw new Error(`the page has no view called ${name}`);
    }
    return section;
  }
}

const root = document.getElementById("page");
if (root) {
  void new Page(root).begin();
}
