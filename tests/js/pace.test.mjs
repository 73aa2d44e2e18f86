// What comes unevenly goes out evenly, as early as that allows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Pace } from "../../chat/static/chat/pace.js";

const CLOCKS_APART_MS = 123_456;

/** The due times of packets taken every `everyMs`, each `delaysMs` under way. */
function paced(pace, delaysMs, everyMs = 50) {
  return delaysMs.map((delayMs, index) => {
    const takenMs = index * everyMs;
    return pace.arrived(takenMs, takenMs + CLOCKS_APART_MS + delayMs) - CLOCKS_APART_MS - takenMs;
  });
}

test("it adds nothing where everything takes equally long", () => {
  assert.deepEqual(paced(new Pace(0, 250), [40, 40, 40, 40]), [40, 40, 40, 40]);
});

test("it waits at once for what comes late, and gives that back slowly", () => {
  const waits = paced(new Pace(0, 250), [40, 140, 40, 40, 40]);
  assert.deepEqual(waits, [40, 140, 136, 132, 128]);
});

test("it gets back to no wait once everything comes in time again", () => {
  const waits = paced(new Pace(0, 250), [40, 140, ...Array(60).fill(40)]);
  assert.equal(waits.at(-1), 40);
});

test("it never waits longer than it may", () => {
  assert.ok(Math.max(...paced(new Pace(0, 250), [40, 900, 40, 2000])) <= 290);
});

test("it always waits as long as it has to", () => {
  assert.ok(Math.min(...paced(new Pace(60, 400), [40, 45, 40])) >= 100);
});

test("pictures follow the sound, if the sound waits longer, as far as they may", () => {
  const picture = new Pace(0, 250);
  assert.equal(picture.arrived(0, 40, 150), 150);
  assert.equal(picture.arrived(50, 90, null), 50 + 146);
  assert.equal(picture.arrived(100, 140, 5000), 100 + 290);
});

test("a way that became longer is the new measure after a while", () => {
  const pace = new Pace(0, 100);
  const waits = paced(pace, [40, ...Array(1200).fill(400)]);
  assert.equal(waits.at(1), 140, "late for as long as nobody knows that it stays so");
  assert.equal(waits.at(-1), 400);
});

test("it forgets a sender with everything that was learnt", () => {
  const pace = new Pace(0, 250);
  paced(pace, [40, 240]);
  pace.reset();
  assert.equal(pace.offsetMs, null);
  assert.equal(pace.arrived(0, 10), 10);
});
