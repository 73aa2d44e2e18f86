/**
 * The camera and the microphone: asked for once, given back at once, and every refusal turned
 * into words that say what to do.
 */

/**
 * @typedef {object} Opened
 * @property {MediaStream} stream one picture track, and a sound track when there is a microphone
 * @property {boolean} hasSound
 */

/** The camera could not be opened; `message` is for the person in front of it. */
export class CameraError extends Error {}

/** A picture of 640×480 is what is judged and relayed; more would only be scaled down. */
const PICTURE_WISH = Object.freeze({
  width: { ideal: 640 },
  height: { ideal: 480 },
  frameRate: { ideal: 24, max: 30 },
  facingMode: "user",
});

const SOUND_WISH = Object.freeze({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
});

export class Camera {
  /** @type {MediaStream | null} */
  #stream = null;

  /** @param {() => void} onStopped the camera was taken away while in use */
  constructor(onStopped) {
    this.onStopped = onStopped;
  }

  /**
   * Turn the camera on; without a microphone it still opens. Throws `CameraError`.
   *
   * @param {boolean} wantsSound
   * @returns {Promise<Opened>}
   */
  async open(wantsSound) {
    if (this.#stream?.getVideoTracks()[0]?.readyState === "live") {
      return { stream: this.#stream, hasSound: this.#stream.getAudioTracks().length > 0 };
    }
    this.close();
    const stream = await ask(wantsSound);
    this.#stream = stream;
    stream.getVideoTracks()[0]?.addEventListener("ended", () => {
      if (this.#stream === stream) {
        this.close();
        this.onStopped();
      }
    });
    return { stream, hasSound: stream.getAudioTracks().length > 0 };
  }

  /** Turn camera and microphone off. */
  close() {
    const stream = this.#stream;
    this.#stream = null;
    for (const track of stream?.getTracks() ?? []) {
      track.stop();
    }
  }
}

/**
 * @param {boolean} wantsSound
 * @returns {Promise<MediaStream>}
 */
async function ask(wantsSound) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CameraError(cameraWords(window.isSecureContext ? "unsupported" : "insecure"));
  }
  try {
    if (wantsSound) {
      try {
        return await navigator.mediaDevices.getUserMedia({
          video: PICTURE_WISH,
          audio: SOUND_WISH,
        });
      } catch (error) {
        // A missing or refused microphone must not keep the camera away; a second question that
        // fails as well says what is wrong with the camera itself.
        if (!(error instanceof DOMException)) {
          throw error;
        }
      }
    }
    return await navigator.mediaDevices.getUserMedia({ video: PICTURE_WISH });
  } catch (error) {
    throw new CameraError(cameraWords(error instanceof DOMException ? error.name : ""));
  }
}

/**
 * What went wrong and what to do, by the name of getUserMedia's error.
 *
 * @param {string} name
 */
function cameraWords(name) {
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      return gettext(
        "Your browser did not allow the camera. Allow it for this site (the camera sign beside the address) and press Start again, or choose text.",
      );
    case "SecurityError":
      return gettext(
        "Cameras are switched off for this page by a setting of your browser or your organisation. Text works.",
      );
    case "NotFoundError":
    case "DevicesNotFoundError":
      return gettext("No camera was found. Connect one and press Start again, or choose text.");
    case "NotReadableError":
    case "TrackStartError":
      return gettext(
        "The camera is there but does not start: another program may be using it. Close that program and press Start again.",
      );
    case "OverconstrainedError":
      return gettext("This camera cannot deliver a picture that we can use. Try another one, or choose text.");
    case "AbortError":
      return gettext("The camera stopped while it was starting. Press Start again.");
    case "insecure":
      return gettext(
        "Browsers open cameras on secure pages only. Open this site by its https address, or choose text.",
      );
    case "unsupported":
      return gettext("This browser cannot open a camera. Try a newer one, or choose text.");
    default:
      return gettext("The camera could not be started. Press Start again, or choose text.");
  }
}
