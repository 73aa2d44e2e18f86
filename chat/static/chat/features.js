/**
 * What this browser can do, asked for picture and sound apart: a browser without Opus can still
 * show pictures, and one without WebCodecs can still talk by text.
 */

/** VP8 as the page sends it; also what is asked for when looking for support. */
export const PICTURE = Object.freeze({ codec: "vp8", width: 640, height: 480 });

/** Opus as the page sends it: speech, in packets of 60 ms. */
export const SOUND = Object.freeze({
  codec: "opus",
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { frameDuration: 60_000 },
});

export const SOUND_RATE_HZ = 48_000;

/**
 * @typedef {object} Features
 * @property {boolean} picture VP8 can be encoded and decoded
 * @property {boolean} soundOut Opus can be encoded
 * @property {boolean} soundIn Opus can be decoded
 */

/** @returns {Promise<Features>} */
export async function detectFeatures() {
  const [canEncode, canDecode, soundOut, soundIn] = await Promise.all([
    canEncodePicture(),
    canDecodePicture(),
    canEncodeSound(),
    canDecodeSound(),
  ]);
  const hasCamera = Boolean(navigator.mediaDevices?.getUserMedia);
  return { picture: hasCamera && canEncode && canDecode, soundOut, soundIn };
}

async function canEncodePicture() {
  if (!("VideoEncoder" in window)) {
    return false;
  }
  return isSupported(() => VideoEncoder.isConfigSupported({ ...PICTURE, latencyMode: "realtime" }));
}

async function canDecodePicture() {
  if (!("VideoDecoder" in window)) {
    return false;
  }
  return isSupported(() => VideoDecoder.isConfigSupported({ codec: PICTURE.codec }));
}

async function canEncodeSound() {
  if (!("AudioEncoder" in window) || !("AudioWorkletNode" in window)) {
    return false;
  }
  const config = { ...SOUND, sampleRate: SOUND_RATE_HZ };
  return isSupported(() => AudioEncoder.isConfigSupported(config));
}

async function canDecodeSound() {
  if (!("AudioDecoder" in window)) {
    return false;
  }
  const config = { codec: SOUND.codec, sampleRate: SOUND_RATE_HZ, numberOfChannels: 1 };
  return isSupported(() => AudioDecoder.isConfigSupported(config));
}

/**
 * Browsers reject instead of answering "no" when they do not know a member of the question.
 *
 * @param {() => Promise<{ supported?: boolean }>} ask
 */
async function isSupported(ask) {
  try {
    return (await ask()).supported === true;
  } catch {
    return false;
  }
}
