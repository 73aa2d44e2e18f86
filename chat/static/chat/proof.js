/**
 * Proof of work for a new identity, in the format of ALTCHA: find the number whose salted hash is
 * the challenge. The page does it while the person waits a moment; a bot pays for it each time.
 */

/**
 * @typedef {object} Challenge
 * @property {string} algorithm for instance SHA-256
 * @property {string} challenge hexadecimal
 * @property {string} salt
 * @property {string} signature
 * @property {number} maxnumber
 */

/**
 * The payload for `proof`: base64 of JSON. Throws when no number fits, which means that the
 * challenge is broken.
 *
 * @param {Challenge} challenge
 * @returns {Promise<string>}
 */
export async function solveProof(challenge) {
  const encoder = new TextEncoder();
  for (let number = 0; number <= challenge.maxnumber; number += 1) {
    const digest = await crypto.subtle.digest(
      challenge.algorithm,
      encoder.encode(challenge.salt + number),
    );
    if (hexadecimal(digest) === challenge.challenge) {
      const { algorithm, salt, signature } = challenge;
      return btoa(
        JSON.stringify({ algorithm, challenge: challenge.challenge, number, salt, signature }),
      );
    }
  }
  throw new Error("the challenge has no solution");
}

/** @param {ArrayBuffer} digest */
function hexadecimal(digest) {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
