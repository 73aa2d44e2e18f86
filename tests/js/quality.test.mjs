// The word on the connection: worse at once, better after a while, and no word too many.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FROZEN_AFTER_MS, Quality } from "../../chat/static/chat/quality.js";

/** A picture that is shown, drawn every 50 ms with sound beside it, and what is said of it. */
class Talk {
  quality = new Quality();
  nowMs = 10_000;
  seq = 0;
  words = [];

  constructor() {
    this.quality.setShown(true, this.nowMs);
  }

  goOn(spanMs, { isDrawn = true, isHeard = true, lost = 0 } = {}) {
    for (const end = this.nowMs + spanMs; this.nowMs < end; ) {
      this.nowMs += 50;
      if (isDrawn) {
        this.quality.arrived((this.seq += 1 + lost), false, this.nowMs);
        this.quality.drawn(this.nowMs);
      }
      if (isHeard) {
        this.quality.arrived((this.seq += 1), true, this.nowMs);
      }
      this.words.push(this.quality.word(this.nowMs));
    }
    return this.words.at(-1);
  }

  /** How often the word changed. */
  get changes() {
    return this.words.filter((word, index) => index > 0 && word !== this.words[index - 1]).length;
  }
}

test("it is good while everything comes", () => {
  const talk = new Talk();
  assert.equal(talk.goOn(20_000), "good");
  assert.equal(talk.changes, 0);
});

test("a picture that stands still for a second is said to, and is said to go on", () => {
  const talk = new Talk();
  talk.goOn(1000);
  assert.equal(talk.goOn(FROZEN_AFTER_MS - 100, { isDrawn: false, isHeard: false }), "good");
  assert.equal(talk.goOn(200, { isDrawn: false, isHeard: false }), "frozen");
  assert.equal(talk.goOn(1000), "frozen");
  assert.equal(talk.goOn(1500), "good");
});

test("with sound beside it there is sound only", () => {
  const talk = new Talk();
  talk.goOn(1000);
  assert.equal(talk.goOn(2000, { isDrawn: false }), "sound");
});

test("a picture that may not be seen does not stand still", () => {
  const talk = new Talk();
  talk.quality.setShown(false, talk.nowMs);
  assert.equal(talk.goOn(5000, { isDrawn: false, isHeard: false }), "good");
});

test("packets that were left out make it weak for a while, without a word for each", () => {
  const talk = new Talk();
  talk.goOn(1000);
  for (let round = 0; round < 8; round += 1) {
    talk.goOn(200, { lost: 2 });
    assert.equal(talk.goOn(1800), "weak");
  }
  assert.equal(talk.goOn(8000), "good");
  assert.equal(talk.changes, 2);
});

test("the rate of a picture that is checked throughout is no weak connection", () => {
  const talk = new Talk();
  talk.quality.setAsked(600);
  assert.equal(talk.goOn(1000), "good");
  talk.quality.setAsked(450);
  assert.equal(talk.goOn(1000), "weak");
});

test("a gap across a hold is no loss", () => {
  const talk = new Talk();
  talk.goOn(1000);
  talk.quality.setShown(false, talk.nowMs);
  talk.seq += 100;
  talk.quality.setShown(true, talk.nowMs);
  assert.equal(talk.goOn(2000), "good");
});

test("a sender who has to send less is told so", () => {
  const talk = new Talk();
  talk.quality.setAsked(300);
  assert.equal(talk.goOn(100), "weak");
  talk.quality.setAsked(1200);
  assert.equal(talk.goOn(10_000), "good");
});

test("a lost socket is being made again, whatever else is the case", () => {
  const talk = new Talk();
  talk.quality.setAsked(300);
  talk.quality.setLost(true);
  assert.equal(talk.goOn(100, { isDrawn: false }), "reconnecting");
});
