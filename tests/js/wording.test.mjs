// What the page says of a picture that is held back: whose it is, what to do, and no verdicts.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.gettext = (text) => text;

const { ownHeldWords, partnerHeldWords } = await import("../../chat/static/chat/wording.js");

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
