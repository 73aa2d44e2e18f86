// The control socket comes back by itself, and not before the server said it may.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { lines, timers } from "./line.mjs";

const { ControlSocket } = await import("../../chat/static/chat/control_socket.js");

const WELCOME = { type: "welcome", participant: "p", online: 1, video_open: true };
const REFUSAL = { type: "error", code: "slow_down", detail: "", retry_after_s: 42.5 };

/** A socket that was opened, and what it told the page. */
function opened() {
  const told = [];
  const socket = new ControlSocket("/ws/chat/", {
    onMessage: (message) => told.push(message.type),
    onLost: (code) => told.push(code),
    onClosed: (code) => told.push(`for good: ${code}`),
  });
  socket.open();
  return { told, line: lines.at(-1) };
}

beforeEach(() => {
  lines.length = 0;
  timers.length = 0;
});

test("it stays away for as long as a refused connection was told, and then comes back", () => {
  const { told, line } = opened();
  line.hears(REFUSAL);
  line.isClosed(4429);
  const { run, afterMs } = timers.at(-1);
  assert.ok(afterMs >= 42_500 && afterMs < 42_500 + 10_000, `${afterMs} ms`);
  assert.deepEqual(told, [4429]);
  run();
  assert.equal(lines.length, 2);
});

test("it forgets what an earlier connection was told", () => {
  const { line } = opened();
  line.hears(REFUSAL);
  line.isClosed(4429);
  timers.at(-1).run();
  lines.at(-1).isClosed(1006);
  assert.ok(timers.at(-1).afterMs < 42_500);
});

test("it leaves to the page what is refused after the welcome", () => {
  const { told, line } = opened();
  line.hears(WELCOME);
  line.hears(REFUSAL);
  line.isClosed(1006);
  assert.deepEqual(told, ["welcome", "error", 1006]);
  assert.ok(timers.at(-1).afterMs < 1_000);
});

test("it takes longer with every refusal", () => {
  opened();
  const pauses = [];
  for (let refused = 0; refused < 12; refused += 1) {
    lines.at(-1).hears({ ...REFUSAL, retry_after_s: 0 });
    lines.at(-1).isClosed(4429);
    pauses.push(timers.at(-1).afterMs);
    timers.at(-1).run();
  }
  assert.ok(Math.min(...pauses) >= 2_500);
  assert.ok(pauses.at(-1) >= 7_500, `${pauses}`);
});
