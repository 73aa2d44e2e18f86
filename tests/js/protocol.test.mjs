// Packets, messages and what people type, at the edge of the wire.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fitPicture } from "../../chat/static/chat/encoder.js";
import {
  Kind,
  countCharacters,
  decodePacket,
  encodePacket,
  parseInterests,
  parseMessage,
} from "../../chat/static/chat/protocol.js";

test("it finds no packet in a header without payload", () => {
  assert.equal(decodePacket(new ArrayBuffer(13)), null);
  assert.equal(decodePacket(new ArrayBuffer(0)), null);
});

test("it lays a packet out as the protocol says", () => {
  const data = encodePacket(Kind.AUDIO, 0x01020304, 0x0102030405, Uint8Array.of(0xaa, 0xbb));
  assert.deepEqual([...data], [3, 1, 2, 3, 4, 0, 0, 0, 1, 2, 3, 4, 5, 0xaa, 0xbb]);
});

test("it reads back what it wrote, timestamps beyond 32 bits included", () => {
  const written = encodePacket(Kind.KEY, 4_000_000_000, 9_007_199_254_740_991, Uint8Array.of(7));
  const read = decodePacket(written.buffer);
  assert.equal(read.kind, Kind.KEY);
  assert.equal(read.seq, 4_000_000_000);
  assert.equal(read.timestampUs, 9_007_199_254_740_991);
  assert.deepEqual([...read.payload], [7]);
});

test("it takes nothing for a message that has no type", () => {
  for (const text of ["", "{", "null", "3", "[]", "{}", '{"type": 3}']) {
    assert.equal(parseMessage(text), null, text);
  }
  assert.deepEqual(parseMessage('{"type": "pong"}'), { type: "pong" });
});

test("it keeps at most ten interests of at most 40 characters, each once", () => {
  const many = Array.from({ length: 14 }, (_, index) => `interest ${index}`);
  assert.equal(parseInterests(many.join(",")).length, 10);
  assert.deepEqual(parseInterests(`${"x".repeat(41)}, Jazz ,jazz,, old   books`), [
    "jazz",
    "old books",
  ]);
});

test("it counts characters as the server does", () => {
  assert.equal(countCharacters("a😀é"), 3);
});

test("it sends only pictures that the relay takes", () => {
  const cameras = [
    [640, 480],
    [480, 640],
    [1920, 1080],
    [1080, 1920],
    [2560, 720],
    [320, 1280],
    [160, 120],
    [641, 479],
    [176, 144],
  ];
  for (const [width, height] of cameras) {
    const fit = fitPicture(width, height);
    const [shorter, longer] = [fit.width, fit.height].sort((one, other) => one - other);
    const name = `${width}×${height} → ${fit.width}×${fit.height}`;
    assert.ok(shorter >= 180 && longer <= 1280 && longer <= 2 * shorter, name);
    assert.ok(fit.width % 2 === 0 && fit.height % 2 === 0, name);
    assert.ok(fit.x >= 0 && fit.x + fit.cutWidth <= width, name);
    assert.ok(fit.y >= 0 && fit.y + fit.cutHeight <= height, name);
  }
  assert.deepEqual(fitPicture(640, 480), {
    width: 640,
    height: 480,
    x: 0,
    y: 0,
    cutWidth: 640,
    cutHeight: 480,
    isWhole: true,
  });
});
