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

/** ALTCHA's challenge, as far as the page reads it. */
interface AltchaChallenge {
  parameters: { expiresAt: number };
}

/** The methods of ALTCHA's widget that the page calls. */
interface AltchaWidget {
  configure(options: Record<string, unknown>): Promise<void>;
  verify(options: {
    concurrency: number;
    minDuration: number;
  }): Promise<{ payload: string } | null>;
}

/** What ALTCHA's widget leaves on the page. */
declare var $altcha: { algorithms: Map<string, () => Worker> };
