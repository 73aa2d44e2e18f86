/**
 * What the page finds in the browser but TypeScript's own libraries do not declare.
 */

/** Django's JavaScript catalogue, loaded from /jsi18n/ before the page's modules. */
declare function gettext(text: string): string;
declare function ngettext(one: string, many: string, count: number): string;
declare function interpolate(
  text: string,
  values: Record<string, string | number>,
  named: true,
): string;

/** Chrome's way to read a track frame by frame (mediacapture-transform). */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}

interface Window {
  MediaStreamTrackProcessor?: typeof MediaStreamTrackProcessor;
}

/** The scope of an audio worklet. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare var sampleRate: number;
declare var currentTime: number;

declare function registerProcessor(
  name: string,
  processor: new () => AudioWorkletProcessor & {
    process(inputs: Float32Array[][]): boolean;
  },
): void;
