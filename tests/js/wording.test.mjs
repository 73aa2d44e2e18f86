// What the page says of a picture that is held back: whose it is, what to do, and no verdicts.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.gettext = (text) => text;

const { checkWords, ownHeldWords, partnerHeldWords } = await import("../../chat/static/chat/wording.js");

const TECHNICAL = ["no_picture", "undecodable", "no_verdict", "classifier_failed"];
const ABOUT_THE_PERSON = ["nudity", "under_age", "age_unsure"];

test("it tells nobody what was thought of the other person", () => {
  for (const reason of ABOUT_THE_PERSON) {
    assert.equal(partnerHeldWords(reason), partnerHeldWords(null));
  }
});

test("it says whose picture is not there", () => {
  for (const reason of [...TECHNICAL, null]) {
    assert.match(partnerHeldWords(reason), /^Their picture|from the other side/);
  }
  for (const reason of [...TECHNICAL, ...ABOUT_THE_PERSON, null]) {
    assert.match(ownHeldWords(reason), /^They do not see you.*(your|the) (picture|camera)/);
  }
});

const MISSING = [
  "light",
  "clear_view",
  "face",
  "larger_face",
  "clear_face",
  "moving_picture",
  "lawful_picture",
  "screening",
];

test("it says of a camera check what to do, and of each thing something else", () => {
  const said = MISSING.map((one) => checkWords({ state: "failed", missing: [one], failures: 1 }));
  assert.equal(new Set(said).size, MISSING.length);
  assert.ok(said.every((words) => words && !/not passed|failed/.test(words)));
});

test("it says the most important thing only", () => {
  const check = { state: "looking", missing: ["light", "face", "moving_picture"], failures: 0 };
  assert.equal(checkWords(check), checkWords({ ...check, missing: ["light"] }));
});
