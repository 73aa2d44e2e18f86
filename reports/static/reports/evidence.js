// @ts-check
/**
 * Evidence on a staff page: opened in grey, in colour by a second step, frame by frame.
 *
 * Without this script an exhibit stays a mosaic that the server made, and its form answers with a
 * grey picture. With it an original never reaches the address bar or the page's history, one is
 * open at a time, and it is covered again when nobody looks at the page.
 */

/** @typedef {"mosaic" | "grey" | "colour"} Look */

/**
 * @template {Element} T
 * @param {Element} root
 * @param {string} selector
 * @param {new () => T} type
 */
function find(root, selector, type) {
  const found = root.querySelector(selector);
  return found instanceof type ? found : null;
}

/** One item of evidence on the page, at one frame and one look. */
class Exhibit {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.form = find(element, "form[data-open-evidence]", HTMLFormElement);
    this.frames = Number(element.dataset.frames);
    this.frame = Number(element.dataset.frame);
    /** @type {Look} */
    this.look = "mosaic";
    /** Rises with each step: what was asked for before it is not drawn any more. */
    this.asked = 0;
    /** How many originals are on their way. */
    this.coming = 0;
  }

  /** Whether what was asked for last is not there yet. */
  get isLoading() {
    const picture = find(this.element, "[data-mosaic]", HTMLImageElement);
    return this.coming > 0 || (!this.isOpen && picture !== null && !picture.complete);
  }

  get isOpen() {
    return this.look !== "mosaic";
  }

  /** Show it as a mosaic again. */
  cover() {
    this.asked += 1;
    if (this.isOpen) {
      this.tell();
    }
    this.look = "mosaic";
    this.element.querySelector("canvas")?.remove();
    const picture = find(this.element, "[data-mosaic]", HTMLImageElement);
    if (picture) {
      picture.hidden = false;
      const address = picture.dataset.mosaic ?? "";
      const wanted = this.frame ? `${address}?frame=${this.frame}` : address;
      if (picture.getAttribute("src") !== wanted) {
        picture.src = wanted;
      }
    }
    this.settle();
  }

  /**
   * Fetch the frame at this look and show it.
   *
   * @param {"grey" | "colour"} look
   */
  async open(look) {
    if (!this.form) {
      return;
    }
    const asked = ++this.asked;
    this.coming += 1;
    this.say("");
    try {
      const picture = await this.fetch(this.form, look);
      if (asked === this.asked && document.visibilityState === "visible") {
        this.draw(picture, look);
      }
      picture.close();
    } catch (error) {
      if (asked === this.asked) {
        this.cover();
        this.say(error instanceof Refusal ? error.message : this.failed);
      }
    } finally {
      this.coming -= 1;
    }
  }

  /**
   * @param {HTMLFormElement} form
   * @param {Look} look
   */
  async fetch(form, look) {
    const body = new FormData(form);
    body.set("frame", String(this.frame));
    body.set("look", look);
    const response = await fetch(form.action, {
      method: "POST",
      body,
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (!response.ok) {
      const isSaid = response.headers.get("Content-Type")?.startsWith("text/plain");
      throw new Refusal(isSaid ? await response.text() : this.failed);
    }
    return createImageBitmap(await response.blob());
  }

  /**
   * @param {ImageBitmap} picture
   * @param {Look} look
   */
  draw(picture, look) {
    const place = this.element.querySelector("[data-picture]");
    const canvas = document.createElement("canvas");
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.dataset.testid = "evidence-original";
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    place?.querySelector("canvas")?.remove();
    place?.append(canvas);
    const mosaic = find(this.element, "[data-mosaic]", HTMLImageElement);
    if (mosaic) {
      mosaic.hidden = true;
    }
    this.look = look;
    this.settle();
    void renewMeter().catch(() => undefined);
  }

  /**
   * Go some frames on or back, at the look that it has.
   *
   * @param {number} step
   */
  async step(step) {
    const wanted = Math.max(0, Math.min(this.frames - 1, this.frame + step));
    if (wanted === this.frame) {
      return;
    }
    this.frame = wanted;
    if (this.look === "mosaic") {
      this.cover();
    } else {
      this.settle();
      await this.open(this.look);
    }
  }

  /** Make what is written on the exhibit agree with what it shows. */
  settle() {
    this.element.classList.toggle("is-open", this.isOpen);
    for (const part of this.element.querySelectorAll("[data-open], [data-covered]")) {
      if (part instanceof HTMLElement) {
        part.hidden = part.hasAttribute("data-open") !== this.isOpen;
      }
    }
    const look = find(this.element, "[data-look]", HTMLButtonElement);
    if (look) {
      look.textContent = (this.look === "colour" ? look.dataset.grey : look.dataset.colour) ?? "";
    }
    const number = find(this.element, "[data-number]", HTMLElement);
    if (number) {
      number.textContent = (number.dataset.number ?? "")
        .replace("{n}", String(this.frame + 1))
        .replace("{of}", String(this.frames));
    }
    for (const link of this.element.querySelectorAll("[data-step]")) {
      const at = this.frame + Number(link.getAttribute("data-step"));
      const isThere = at >= 0 && at < this.frames;
      link.setAttribute("aria-disabled", String(!isThere));
      // Only what leads somewhere takes the focus.
      if (isThere) {
        link.setAttribute("href", `#${this.element.id}`);
      } else {
        link.removeAttribute("href");
      }
    }
  }

  /** Tell the server that nobody looks any more; the page may be about to go. */
  tell() {
    if (this.form?.dataset.coverAt) {
      const body = new FormData(this.form);
      body.set("item", this.element.dataset.evidence ?? "");
      void fetch(this.form.dataset.coverAt, {
        method: "POST",
        body,
        credentials: "same-origin",
        keepalive: true,
      })
        .then(renewMeter)
        .catch(() => undefined);
    }
  }

  /** @param {string} text */
  say(text) {
    const problem = find(this.element, "[role=alert]", HTMLElement);
    if (problem) {
      problem.textContent = text;
      problem.hidden = !text;
    }
  }

  get failed() {
    return find(this.element, "[data-failed]", HTMLElement)?.dataset.failed ?? "";
  }
}

/** The counter in the page's head: how much of this one was shown today. */
async function renewMeter() {
  const meter = document.querySelector("[data-exposure]");
  const address = meter?.getAttribute("data-exposure");
  if (!meter || !address) {
    return;
  }
  const answer = await fetch(address, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) {
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const renewed = fresh.querySelector("[data-exposure]");
    if (renewed) {
      meter.replaceWith(renewed);
    }
  }
}

/** The server's word on why an original is not shown. */
class Refusal extends Error {}

/** @type {Map<Element, Exhibit>} */
const exhibits = new Map();
for (const element of document.querySelectorAll("[data-evidence]")) {
  if (element instanceof HTMLElement) {
    exhibits.set(element, new Exhibit(element));
  }
}

/** @param {EventTarget | null} target */
function around(target) {
  const element = target instanceof Element ? target.closest("[data-evidence]") : null;
  return element ? exhibits.get(element) : undefined;
}

/** @param {Exhibit} [kept] */
function coverOthers(kept) {
  for (const exhibit of exhibits.values()) {
    if (exhibit !== kept && exhibit.isOpen) {
      exhibit.cover();
    }
  }
}

document.addEventListener("submit", (event) => {
  const exhibit = around(event.target);
  if (exhibit && exhibit.form === event.target) {
    event.preventDefault();
    coverOthers(exhibit);
    void exhibit.open("grey").then(() => {
      find(exhibit.element, "[data-look]", HTMLButtonElement)?.focus();
    });
  }
});

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element ? event.target.closest("button, a") : null;
  const exhibit = around(pressed);
  if (!exhibit || !pressed) {
    return;
  }
  if (pressed.hasAttribute("data-step")) {
    event.preventDefault();
    void exhibit.step(Number(pressed.getAttribute("data-step")));
  } else if (pressed.hasAttribute("data-look")) {
    void exhibit.open(exhibit.look === "grey" ? "colour" : "grey");
  } else if (pressed.hasAttribute("data-cover")) {
    exhibit.cover();
    find(exhibit.element, "[data-covered]", HTMLButtonElement)?.focus();
  }
});

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** The exhibit that keys are for: the one with the focus, the open one, or the only segment. */
function addressed() {
  const all = [...exhibits.values()];
  const segments = all.filter((exhibit) => exhibit.frames > 1);
  return (
    around(document.activeElement) ??
    all.find((exhibit) => exhibit.isOpen) ??
    (segments.length === 1 ? segments[0] : undefined)
  );
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  const isField =
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  if (event.ctrlKey || event.metaKey || event.altKey || isField) {
    return;
  }
  if (event.key === "Escape") {
    coverOthers();
    return;
  }
  const step = STEPS[event.key];
  const exhibit = step === undefined ? undefined : addressed();
  if (step !== undefined && exhibit && exhibit.frames > 1) {
    event.preventDefault();
    // A key held down runs as fast as frames come, not faster: each one is on the record.
    if (!event.repeat || !exhibit.isLoading) {
      void exhibit.step(step);
    }
  }
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    coverOthers();
  }
});
