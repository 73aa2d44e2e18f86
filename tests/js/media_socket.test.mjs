// The media socket hands over what the relay says, and how long it asked to stay away.

import assert from "node:assert/strict";
import { test } from "node:test";

import { lines } from "./line.mjs";

const { MediaSocket } = await import("../../chat/static/chat/media_socket.js");

/** A socket that was opened, and what it told the page. */
function opened() {
  const told = [];
  const socket = new MediaSocket(
    { url: "/ws/media/", token: "t" },
    {
      onOpen: () => undefined,
      onPacket: () => undefined,
      onMessage: (message) => told.push(message.type),
      onClosed: (code, askedMs) => told.push([code, askedMs]),
    },
  );
  return { told, socket, line: lines.at(-1) };
}

test("it says how long a refused attachment was told to stay away", () => {
  const { told, line } = opened();
  line.hears({ type: "error", code: "slow_down", detail: "", retry_after_s: 3.5 });
  line.isClosed(4429);
  assert.deepEqual(told, [[4429, 3500]]);
});

test("it was told nothing when the connection is only lost", () => {
  const { told, line } = opened();
  line.hears({ type: "key_frame" });
  line.isClosed(1006);
  assert.deepEqual(told, ["key_frame", [1006, 0]]);
});

test("it reports nothing once it was closed from here", () => {
  const { told, socket, line } = opened();
  line.close = () => undefined;
  socket.close();
  line.isClosed(1000);
  assert.deepEqual(told, []);
});
