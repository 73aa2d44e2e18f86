/**
 * The camera's frames, one by one, each stamped with the sender's one clock.
 *
 * Chrome hands them over from the track; elsewhere they are taken from the <video> that shows
 * one's own picture.
 */

import { nowUs } from "./protocol.js";

export class FrameSource {
  #isRunning = true;
  /** @type {ReadableStreamDefaultReader<VideoFrame> | null} */
  #reader = null;

  /**
   * Start delivering. The receiver of a frame closes it.
   *
   * @param {MediaStreamTrack} track
   * @param {HTMLVideoElement} video shows the same track
   * @param {(frame: VideoFrame) => void} onFrame
   */
  constructor(track, video, onFrame) {
    this.onFrame = onFrame;
    if (window.MediaStreamTrackProcessor) {
      const processor = new window.MediaStreamTrackProcessor({ track, maxBufferSize: 2 });
      this.#reader = processor.readable.getReader();
      void this.#readTrack(this.#reader);
    } else {
      this.#readVideo(video);
    }
  }

  stop() {
    this.#isRunning = false;
    void this.#reader?.cancel();
    this.#reader = null;
  }

  /** @param {ReadableStreamDefaultReader<VideoFrame>} reader */
  async #readTrack(reader) {
    while (this.#isRunning) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      if (this.#isRunning) {
        this.onFrame(new VideoFrame(value, { timestamp: nowUs() }));
      }
      value.close();
    }
  }

  /** @param {HTMLVideoElement} video */
  #readVideo(video) {
    const next = () => {
      if (!this.#isRunning) {
        return;
      }
      if (video.videoWidth > 0) {
        this.onFrame(new VideoFrame(video, { timestamp: nowUs() }));
      }
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }
}
