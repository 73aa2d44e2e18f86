/**
 * The page itself: it feeds what happens into the state machine, performs the effects and lets
 * the views show the state.
 */

import { BarredView } from "./barred_view.js";
import { Call } from "./call.js";
import { Camera, CameraError } from "./camera.js";
import { ControlSocket } from "./control_socket.js";
import { ConversationView } from "./conversation_view.js";
import { EntryView } from "./entry_view.js";
import { detectFeatures } from "./features.js";
import { LinesView } from "./lines_view.js";
import { LobbyView } from "./lobby_view.js";
import { forget } from "./memory.js";
import { part, tell } from "./parts.js";
import { CloseCode, RESUME_GRACE_MS } from "./protocol.js";
import { ReportDialog } from "./report_dialog.js";
import { StageView } from "./stage_view.js";
import { firstState, step } from "./state.js";
import { failureWords, mediaLostWords } from "./wording.js";

const MEDIA_TRIES_MAX = 5;
const MEDIA_PAUSE_MS = 500;
const MEDIA_PAUSE_AFTER_PLAIN_MS = 2_000;

class Page {
  /** @type {import("./features.js").Features} */
  #features = { picture: false, soundOut: false, soundIn: false };
  /** @type {import("./camera.js").Opened | null} */
  #opened = null;
  #mediaTries = 0;
  /** @type {number | undefined} */
  #graceTimer;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.state = firstState(root.dataset.entered === "true");
    this.notice = part(root, "page-notice", HTMLElement);
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
    this.conversation = new ConversationView(this.#view("conversation"), {
      onStop: () => this.handle({ type: "stop" }),
      onNext: () => this.handle({ type: "next" }),
      onLobby: () => this.handle({ type: "lobby" }),
      onReport: () => this.report.open(this.state.conversation?.mode ?? "text"),
      onBlock: () => this.handle({ type: "block" }),
    });
    this.report = new ReportDialog(root, (reason, note, isDistressing) => {
      this.handle({ type: "report", reason, note });
      if (isDistressing) {
        this.lines.offerHelp("/help/");
      }
    });
    this.lines = new LinesView(root, {
      onSay: (id, text) =>
        this.state.phase === "talking" && this.control.send({ type: "say", id, text }),
      onTyping: (on) => void this.control.send({ type: "typing", on }),
    });
    this.stage = new StageView(root, {
      onMutePartner: (isMuted) => this.call.sound.setMuted(isMuted),
      onVolume: (volume) => this.call.sound.setVolume(volume),
      onHidePartner: (isHidden) => this.call.setHidden(isHidden),
      onMuteSelf: (isMuted) => this.call.soundOut.setMuted(isMuted),
    });
    this.call = new Call(this.stage.canvas, {
      onPicture: (whose, state, reason) => this.#pictured(whose, state, reason),
      onDrawn: (isDrawn) => this.#drawn(isDrawn),
      onLost: (code) => this.#mediaLost(code),
      onFailed: (what) => this.#encoderFailed(what),
    });
    this.camera = new Camera(() => this.#cameraStopped());
    this.barred = new BarredView(this.#view("barred"), () => this.handle({ type: "come_back" }));
    part(root, "use-here", HTMLButtonElement).addEventListener("click", () =>
      this.handle({ type: "come_back" }),
    );
    document.addEventListener("keydown", (event) => this.#pressed(event));
    window.addEventListener("pagehide", () => this.control.send({ type: "leave" }));
  }

  async begin() {
    this.#render(null);
    if (this.state.view === "lobby") {
      this.control.open();
    }
    this.#features = await detectFeatures();
    this.#offerVideo();
  }

  /** @param {import("./state.js").PageEvent} event */
  handle(event) {
    const before = this.state;
    const { state, effects } = step(before, event);
    this.state = state;
    for (const effect of effects) {
      this.#perform(effect);
    }
    if (event.type === "message" && event.message.type === "welcome") {
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
        this.call.attach(effect.relay);
        break;
      case "detach":
        this.call.detach();
        break;
      case "camera_off":
        this.#cameraOff();
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
    this.#mediaTries = 0;
    this.lines.clear();
    this.report.close();
    let hello = gettext("Say hello. Never tell who you are or where you live.");
    if (conversation.mode === "video") {
      this.call.reset();
      this.stage.begin(this.#features.soundIn);
      if (!this.stage.isSoundOn) {
        hello += ` ${gettext("Sound stays off until you turn it on.")}`;
      }
    }
    this.lines.addNotice(hello, "info");
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
        this.lines.withhold(message.id, message.rule, message.detail);
        break;
      case "typing":
        this.lines.showTyping(message.on);
        break;
      case "caution":
        this.lines.caution(message);
        break;
      case "notice":
        this.lines.addNotice(message.detail, message.level);
        break;
      case "reported":
        this.lines.addNotice(receiptWords(message.receipt), "info");
        break;
      case "error":
        if (message.id === undefined) {
          this.#complain(failureWords(message));
        } else {
          this.lines.refuse(message.id, failureWords(message));
        }
        break;
    }
  }

  /** @param {string} words */
  #complain(words) {
    if (this.state.view === "conversation") {
      this.lines.addNotice(words, "warning");
    } else {
      this.lobby.say(words);
    }
  }

  /** @param {import("./protocol.js").Wish} wish */
  async #start(wish) {
    if (wish.mode === "text") {
      this.#cameraOff();
      this.handle({ type: "start", wish });
      return;
    }
    this.lobby.setOpening(true);
    this.lobby.render(this.state);
    try {
      this.#opened = await this.camera.open(this.#features.soundOut);
      this.stage.showSelf(this.#opened, this.#features.soundOut);
      this.#startEncoders(this.#opened);
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

  /**
   * The encoder runs from here on, so that it is warm when the media socket opens: what it makes
   * before that is thrown away.
   *
   * @param {import("./camera.js").Opened} opened
   */
  #startEncoders(opened) {
    const track = opened.stream.getVideoTracks()[0];
    if (track) {
      this.call.pictureOut.start(track, this.stage.selfVideo);
    }
    if (opened.hasSound && this.#features.soundOut) {
      void this.call.soundOut.start(opened.stream);
    }
  }

  #cameraOff() {
    this.call.pictureOut.stop();
    this.call.soundOut.stop();
    this.camera.close();
    this.#opened = null;
    this.stage.hideSelf();
  }

  #cameraStopped() {
    this.handle({ type: "lobby" });
    this.lobby.say(gettext("The camera stopped, so the conversation ended. Connect it and start again."));
  }

  /** @param {"picture" | "sound"} what */
  #encoderFailed(what) {
    if (what === "sound") {
      this.stage.setMicrophone(false);
      return;
    }
    this.handle({ type: "lobby" });
    this.lobby.say(gettext("This browser stopped encoding the picture. Start again, or choose text."));
  }

  /**
   * @param {"you" | "partner"} whose
   * @param {import("./protocol.js").PictureState} state
   * @param {string | null} reason
   */
  #pictured(whose, state, reason) {
    if (state === "shown") {
      this.#mediaTries = 0;
    }
    this.stage.setPicture(whose, state, reason);
    this.stage.render(this.state);
  }

  /** @param {boolean} isDrawn */
  #drawn(isDrawn) {
    this.stage.setDrawn(isDrawn);
    this.stage.render(this.state);
  }

  /** @param {number} code */
  #mediaLost(code) {
    if (code === CloseCode.BARRED || code === CloseCode.OPENED_ELSEWHERE) {
      // The control socket says what has happened.
      return;
    }
    if (code !== CloseCode.NORMAL) {
      this.lines.addNotice(mediaLostWords(code), "warning");
    }
    if (this.#mediaTries >= MEDIA_TRIES_MAX) {
      this.handle({ type: "stop" });
      return;
    }
    // A plain close mostly means that the conversation is over, and `ended` is on its way.
    const firstMs = code === CloseCode.NORMAL ? MEDIA_PAUSE_AFTER_PLAIN_MS : MEDIA_PAUSE_MS;
    const pauseMs = firstMs * 2 ** this.#mediaTries * (0.5 + Math.random());
    this.#mediaTries += 1;
    const { conversation } = this.state;
    window.setTimeout(() => {
      if (this.state.conversation === conversation) {
        this.handle({ type: "media_lost" });
      }
    }, pauseMs);
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
    this.lobby.setVideo(this.#features, isOpen);
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
    }
  }

  /** @param {import("./state.js").State | null} before null at the beginning */
  #render(before) {
    const { state } = this;
    if (state.isConnected) {
      tell(this.notice, "");
      window.clearTimeout(this.#graceTimer);
    }
    this.lobby.render(state);
    this.conversation.render(state);
    this.stage.render(state);
    this.barred.render(state);
    this.#openComposer(state.phase === "talking");
    if (before?.view !== state.view) {
      this.#show(state.view, before !== null);
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

/** @param {string} receipt */
function receiptWords(receipt) {
  return interpolate(
    gettext("Thank you. The report has arrived; a person will look at it. Your receipt: %(receipt)s."),
    { receipt },
    true,
  );
}

const root = document.getElementById("page");
if (root) {
  void new Page(root).begin();
}
