// A picture of the size that the relay takes, asks for, and may judge.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fitPicture } from "../../chat/static/chat/encoder.js";

/** Width and height for a camera of that size. */
function sizes(width, height, ...tallest) {
  const fit = fitPicture(width, height, ...tallest);
  return [fit.width, fit.height];
}

test("a usual camera is sent as it is, or scaled down to 640", () => {
  assert.deepEqual(sizes(640, 480), [640, 480]);
  assert.deepEqual(sizes(1280, 960), [640, 480]);
});

test("what was asked to be smaller is", () => {
  assert.deepEqual(sizes(640, 480, 360), [480, 360]);
  assert.deepEqual(sizes(640, 480, 240), [320, 240]);
});

test("no side gets shorter than the relay takes, whatever is asked for", () => {
  for (const [width, height] of [[640, 480], [480, 640], [1280, 720], [720, 1280], [1920, 480]]) {
    for (const tallest of [480, 360, 240, 180]) {
      const [sentWidth, sentHeight] = sizes(width, height, tallest);
      assert.ok(Math.min(sentWidth, sentHeight) >= 180, `${sentWidth}×${sentHeight}`);
      assert.ok(Math.max(sentWidth, sentHeight) <= 1280);
      assert.ok(Math.max(sentWidth, sentHeight) <= 2 * Math.min(sentWidth, sentHeight));
    }
  }
});
