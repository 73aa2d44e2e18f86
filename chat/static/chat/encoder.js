/**
 * The picture on its way out: camera frames become VP8 packets.
 *
 * Real-time VP8 has no hidden frames, so one packet is one shown picture, which is what the relay
 * demands. A key frame comes every two seconds and whenever somebody asks for one. Frames that the
 * encoder or the network can't keep up with are left out before they are encoded: what was encoded
 * and then dropped would cost a key frame.
 */

import { PICTURE } from "./features.js";
import { FrameSource } from "./frames.js";
import { Kind } from "./protocol.js";

const KEY_FRAME_EVERY_US = 2_000_000;
const QUEUE_MAX_FRAMES = 2;
const SHORTER_SIDE_MIN_PX = 180;
const WARM_FPS = 1;
const FPS_MIN = 1;
const FPS_MAX = 24;
const KBPS_MIN = 60;
const KBPS_MAX = 1_500;

/**
 * Returns false when the packet was dropped.
 *
 * @typedef {(kind: number, timestampUs: number, payload: Uint8Array) => boolean} SendPacket
 */

export class PictureEncoder {
  /** @type {VideoEncoder | null} */
  #encoder = null;
  /** @type {FrameSource | null} */
  #source = null;
  /** @type {OffscreenCanvas | null} */
  #scaler = null;
  #size = { width: 0, height: 0 };
  /** @type {import("./call.js").Rate} */
  #rate = { kbps: 500, fps: 10, height: PICTURE.height };
  #wantsKeyFrame = true;
  #lastKeyFrameUs = 0;
  #dueUs = 0;
  #isLive = false;

  /**
   * @param {SendPacket} send
   * @param {(kbps: number) => boolean} isBehind the network takes less than that
   * @param {() => void} onFailed the encoder gave up; no picture will follow
   */
  constructor(send, isBehind, onFailed) {
    this.send = send;
    this.isBehind = isBehind;
    this.onFailed = onFailed;
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {HTMLVideoElement} video shows the same track
   */
  start(track, video) {
    this.stop();
    this.#source = new FrameSource(track, video, (frame) => this.#take(frame));
  }

  stop() {
    this.#source?.stop();
    this.#source = null;
    if (this.#encoder && this.#encoder.state !== "closed") {
      this.#encoder.close();
    }
    this.#encoder = null;
    this.#size = { width: 0, height: 0 };
    this.#wantsKeyFrame = true;
  }

  /**
   * Whether packets are wanted. While they are not, one frame a second keeps the encoder warm, so
   * that the first wanted one, a key frame, comes at once.
   *
   * @param {boolean} isLive
   */
  setLive(isLive) {
    this.#isLive = isLive;
    this.requestKeyFrame();
  }

  /** The next frame becomes a key frame, and comes without waiting its turn. */
  requestKeyFrame() {
    this.#wantsKeyFrame = true;
    this.#dueUs = 0;
  }

  /**
   * Stay under this from now on.
   *
   * @param {number} kbps
   * @param {number} fps
   * @param {number} height of the picture; another one has it checked anew
   */
  setRate(kbps, fps, height) {
    const before = this.#rate;
    this.#rate = {
      kbps: clamp(kbps, KBPS_MIN, KBPS_MAX),
      fps: clamp(fps, FPS_MIN, FPS_MAX),
      height: clamp(height, SHORTER_SIDE_MIN_PX, PICTURE.height),
    };
    if (before.kbps !== this.#rate.kbps || before.fps !== this.#rate.fps) {
      if (this.#encoder) {
        this.#configure(this.#encoder);
      }
    }
  }

  /** @param {VideoFrame} frame */
  #take(frame) {
    try {
      if (this.#isDue(frame.timestamp)) {
        this.#encode(frame);
      }
    } finally {
      frame.close();
    }
  }

  /** @param {number} timestampUs */
  #isDue(timestampUs) {
    const intervalUs = 1_000_000 / (this.#isLive ? this.#rate.fps : WARM_FPS);
    // Cameras jitter: a frame that comes a quarter of an interval early is not too early.
    if (timestampUs < this.#dueUs - intervalUs / 4) {
      return false;
    }
    const isBusy = this.#encoder && this.#encoder.encodeQueueSize >= QUEUE_MAX_FRAMES;
    if (isBusy || (this.#isLive && this.isBehind(this.#rate.kbps))) {
      return false;
    }
    this.#dueUs = Math.max(this.#dueUs + intervalUs, timestampUs);
    return true;
  }

  /** @param {VideoFrame} frame */
  #encode(frame) {
    const fit = fitPicture(frame.displayWidth, frame.displayHeight, this.#rate.height);
    if (fit.width !== this.#size.width || fit.height !== this.#size.height || !this.#encoder) {
      this.#size = { width: fit.width, height: fit.height };
      this.#scaler = null;
      this.#encoder ??= this.#create();
      this.#configure(this.#encoder);
      this.#wantsKeyFrame = true;
    }
    const keyFrame =
      this.#wantsKeyFrame || frame.timestamp - this.#lastKeyFrameUs >= KEY_FRAME_EVERY_US;
    if (keyFrame) {
      this.#wantsKeyFrame = false;
      this.#lastKeyFrameUs = frame.timestamp;
    }
    if (fit.isWhole && frame.codedWidth === fit.width && frame.codedHeight === fit.height) {
      this.#encoder.encode(frame, { keyFrame });
    } else {
      const scaled = this.#scale(frame, fit);
      this.#encoder.encode(scaled, { keyFrame });
      scaled.close();
    }
  }

  /**
   * @param {VideoFrame} frame
   * @param {Fit} fit
   */
  #scale(frame, fit) {
    this.#scaler ??= new OffscreenCanvas(fit.width, fit.height);
    const context = this.#scaler.getContext("2d", { alpha: false });
    if (!context) {
      throw new Error("no 2d context for scaling");
    }
    const { x, y, cutWidth, cutHeight } = fit;
    context.drawImage(frame, x, y, cutWidth, cutHeight, 0, 0, fit.width, fit.height);
    return new VideoFrame(this.#scaler, { timestamp: frame.timestamp });
  }

  #create() {
    /** @type {VideoEncoder} */
    const encoder = new VideoEncoder({
      output: (chunk) => this.#encoded(encoder, chunk),
      error: () => {
        if (this.#encoder === encoder) {
          this.stop();
          this.onFailed();
        }
      },
    });
    return encoder;
  }

  /** @param {VideoEncoder} encoder */
  #configure(encoder) {
    encoder.configure({
      codec: PICTURE.codec,
      ...this.#size,
      bitrate: this.#rate.kbps * 1_000,
      framerate: this.#rate.fps,
      latencyMode: "realtime",
    });
  }

  /**
   * @param {VideoEncoder} encoder
   * @param {EncodedVideoChunk} chunk
   */
  #encoded(encoder, chunk) {
    if (this.#encoder !== encoder) {
      return;
    }
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    const kind = chunk.type === "key" ? Kind.KEY : Kind.DELTA;
    if (kind === Kind.DELTA && this.#wantsKeyFrame) {
      // A delta after a gap shows nonsense: wait for the key frame that was asked for.
      return;
    }
    if (this.#isLive && !this.send(kind, chunk.timestamp, payload)) {
      this.#wantsKeyFrame = true;
    }
  }
}

/**
 * @typedef {object} Fit
 * @property {number} width of the picture that is sent
 * @property {number} height
 * @property {number} x of the part that is taken
 * @property {number} y
 * @property {number} cutWidth
 * @property {number} cutHeight
 * @property {boolean} isWhole nothing is cut off
 */

/**
 * How a camera's picture becomes one that the relay takes: as large as 640×480, or a picture of
 * that shape `tallest` pixels tall; even sides, between 1:2 and 2:1, the shorter one 180 at least.
 * What is too long is cut at both ends.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} [tallest]
 * @returns {Fit}
 */
export function fitPicture(width, height, tallest = PICTURE.height) {
  const cutWidth = Math.min(width, height * 2);
  const cutHeight = Math.min(height, width * 2);
  const longer = Math.max(cutWidth, cutHeight);
  const shorter = Math.min(cutWidth, cutHeight);
  const scale = Math.max(
    Math.min(1, (PICTURE.width * tallest) / PICTURE.height / longer),
    SHORTER_SIDE_MIN_PX / shorter,
  );
  return {
    width: Math.round((cutWidth * scale) / 2) * 2,
    height: Math.round((cutHeight * scale) / 2) * 2,
    x: Math.floor((width - cutWidth) / 2),
    y: Math.floor((height - cutHeight) / 2),
    cutWidth,
    cutHeight,
    isWhole: cutWidth === width && cutHeight === height,
  };
}

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
