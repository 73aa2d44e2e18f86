// The page's state machine: what it does after each event, refusals before successes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { firstState } from "../../chat/static/chat/state.js";
import { step } from "../../chat/static/chat/step.js";

const WISH = { mode: "video", interests: ["bread"], languages: ["en"], only_common: false };
const RELAY = { url: "/ws/media/", token: "t" };
const BAR = {
  type: "barred",
  rule: "nudity",
  until: null,
  statement: { code: "c", url: "/statement/c/" },
  appeal_url: "/statement/c/appeal/",
};

const heard = (message) => ({ type: "message", message });
const welcome = heard({ type: "welcome", participant: "p", online: 2, video_open: true });
const searching = heard({ type: "searching", mode: "video", waiting_s: 0, widened: "common" });
const paired = (conversation, key = "k") =>
  heard({ type: "paired", conversation, mode: "video", common: [], languages: [], key, relay: RELAY });
const ended = (conversation, by, rule) => heard({ type: "ended", conversation, by, rule });
const said = heard({ type: "said", id: "1", text: "hello", at: "2026-01-01T00:00:00Z" });

const looked = (state, more = {}) =>
  heard({ type: "check", relay: null, state, missing: [], until: null, failures: 0, ...more });
const strict = heard({ ...welcome.message, camera_check: "needed" });
const reporting = { type: "report", reason: "spam", note: "as written", conversation: "one" };
const checking = [strict, { type: "start", wish: WISH }];

/** Run the events; the last step's effects and the state after it. */
function run(...events) {
  let result = { state: firstState(true), effects: [] };
  for (const event of events) {
    result = step(result.state, event);
  }
  return { ...result, did: result.effects.map((effect) => effect.message?.type ?? effect.do) };
}

const start = { type: "start", wish: WISH };
const talking = [welcome, start, searching, paired("one")];

test("it does not seek again while it is searching", () => {
  assert.deepEqual(run(welcome, start, { type: "next" }).effects, []);
});

test("it refuses a pairing that comes after stop", () => {
  const { state, effects } = run(welcome, start, { type: "stop" }, paired("one"));
  assert.equal(state.phase, "ended");
  assert.deepEqual(effects, []);
});

test("it does not say that a conversation was left when only a search was", () => {
  assert.equal(run(welcome, start, searching, { type: "stop" }).state.ending, null);
  assert.deepEqual(run(...talking, { type: "stop" }).state.ending, { by: "you", rule: null });
});

test("it tells no line of a conversation that was left", () => {
  assert.deepEqual(run(...talking, { type: "next" }, said).effects, []);
  assert.deepEqual(run(...talking, { type: "stop" }, said).effects, []);
});

test("it tells a line while talking", () => {
  assert.deepEqual(run(...talking, said).did, ["said"]);
});

test("it begins anew and attaches when somebody is found", () => {
  assert.deepEqual(run(...talking).did, ["begin", "attach"]);
});

test("it detaches before it leaves, whoever ends the conversation", () => {
  assert.deepEqual(run(...talking, { type: "stop" }).did, ["detach", "leave"]);
  assert.deepEqual(run(...talking, { type: "next" }).did, ["detach", "next"]);
  assert.deepEqual(run(...talking, ended("one", "partner")).did, ["detach"]);
  assert.deepEqual(run(...talking, reporting).did, ["detach", "report"]);
});

test("it keeps a report that was not filed, and goes on with what goes on by then", () => {
  const refused = heard({ type: "error", code: "unavailable", detail: "", of: "report" });
  const told = run(...talking, reporting, { type: "next" }, searching, refused);
  assert.deepEqual(told.did, ["error"]);
  assert.equal(told.state.phase, "searching");
  assert.deepEqual(told.state.unfiled, {
    reason: "spam",
    note: "as written",
    conversation: "one",
    isRefused: true,
  });
  const again = run(...talking, reporting, { type: "next" }, searching, refused, reporting);
  assert.deepEqual(again.did, ["report"]);
  assert.equal(again.state.phase, "searching");
});

test("it forgets a report when it is confirmed, and not before", () => {
  assert.equal(run(...talking, reporting).state.unfiled.isRefused, false);
  const confirmed = run(...talking, reporting, heard({ type: "reported", receipt: "r" }));
  assert.equal(confirmed.state.unfiled, null);
});

test("it sends a report again whose answer got lost with the connection", () => {
  const again = run(...talking, reporting, { type: "lost" }, welcome);
  assert.deepEqual(again.did, ["report"]);
  assert.notEqual(again.state.unfiled, null);
});

test("it offers a block again that was not stored", () => {
  const refused = heard({ type: "error", code: "unavailable", detail: "", of: "block" });
  assert.equal(run(...talking, { type: "block" }).state.isBlocked, true);
  assert.equal(run(...talking, { type: "block" }, refused).state.isBlocked, false);
});

test("it keeps the new conversation when an older one's end comes late", () => {
  const { state } = run(...talking, { type: "next" }, searching, paired("two"), ended("one", "you"));
  assert.equal(state.phase, "talking");
  assert.equal(state.conversation.id, "two");
});

test("it shows nothing while the control socket is gone, and resumes with the newest key", () => {
  assert.deepEqual(run(...talking, { type: "lost" }).did, ["detach", "await_grace"]);
  const again = run(...talking, { type: "lost" }, welcome);
  assert.deepEqual(again.effects[0].message, { type: "resume", conversation: "one", key: "k" });
  const twice = run(...talking, { type: "lost" }, welcome, paired("one", "k2"));
  assert.deepEqual(twice.did, ["attach"]);
  assert.equal(twice.state.conversation.key, "k2");
});

test("it counts the grace period from the first loss, however often a try fails", () => {
  assert.deepEqual(run(...talking, { type: "lost" }, { type: "lost" }).effects, []);
  const again = run(...talking, { type: "lost" }, welcome, paired("one"), { type: "lost" });
  assert.deepEqual(again.did, ["detach", "await_grace"]);
});

test("it goes on at once when the next one is wanted without a connection", () => {
  const given = [...talking, { type: "lost" }, { type: "grace_over" }, { type: "next" }];
  const { state, did } = run(...given);
  assert.equal(state.phase, "searching");
  assert.deepEqual(did, ["detach", "connect"]);
  assert.deepEqual(run(...given, welcome).did, ["seek"]);
});

test("it gives the conversation up when the grace period is over", () => {
  const { state } = run(...talking, { type: "lost" }, { type: "grace_over" });
  assert.deepEqual(state.ending, { by: "lost", rule: null });
});

test("it does not give up a conversation that was resumed in time", () => {
  const { state } = run(...talking, { type: "lost" }, welcome, paired("one"), { type: "grace_over" });
  assert.equal(state.phase, "talking");
});

test("it seeks again after a lost connection when it was searching", () => {
  assert.deepEqual(run(welcome, start, { type: "lost" }, welcome).did, ["seek"]);
});

test("it asks for a fresh token only while it is talking", () => {
  assert.deepEqual(run(welcome, { type: "media_lost" }).effects, []);
  assert.deepEqual(run(...talking, { type: "media_lost" }).did, ["relay"]);
});

test("it turns the camera off and stays barred when the socket is closed after a bar", () => {
  assert.deepEqual(run(...talking, heard(BAR)).did, ["detach", "camera_off"]);
  const { state } = run(...talking, heard(BAR), { type: "closed", code: 4403 });
  assert.equal(state.view, "barred");
  assert.equal(state.bar, BAR);
});

test("it goes back to the entry when the server does not know the participant", () => {
  assert.equal(run({ type: "closed", code: 4401 }).state.view, "entry");
});

test("it stands aside when it was opened elsewhere", () => {
  const { state, did } = run(...talking, { type: "closed", code: 4409 });
  assert.equal(state.view, "elsewhere");
  assert.deepEqual(did, ["detach", "camera_off"]);
});

test("it asks before it takes the place of another window", () => {
  const { state, effects } = run({ type: "taken" });
  assert.equal(state.view, "elsewhere");
  assert.deepEqual(effects, []);
  const after = run({ type: "taken" }, { type: "come_back" });
  assert.equal(after.state.view, "lobby");
  assert.deepEqual(after.did, ["connect"]);
});

test("it returns to the lobby and says why when video is closed", () => {
  const refused = heard({ type: "error", code: "video_closed", detail: "" });
  const { state, did } = run(welcome, start, refused);
  assert.equal(state.view, "lobby");
  assert.deepEqual(did, ["camera_off", "error"]);
});

test("it knows that video has closed, by word or by refusal, and that it has opened again", () => {
  const closed = heard({ type: "video", open: false });
  const refused = heard({ type: "error", code: "video_closed", detail: "" });
  for (const event of [closed, refused]) {
    assert.equal(run(welcome, event).state.welcome?.video_open, false);
  }
  const opened = heard({ type: "video", open: true });
  assert.equal(run(welcome, closed, opened).state.welcome?.video_open, true);
});

test("it searches again when the server takes a healthy side back into the queue", () => {
  const { state } = run(...talking, ended("one", "lost"), searching);
  assert.equal(state.phase, "searching");
});

test("it looks for nobody by camera before the check has passed", () => {
  const { state, did } = run(...checking);
  assert.equal(state.view, "check");
  assert.deepEqual(did, ["detach", "check"]);
  for (const answer of [looked("looking", { relay: RELAY }), looked("failed", { failures: 1 })]) {
    assert.ok(!run(...checking, answer).did.includes("seek"));
  }
});

test("it asks nobody for a check who wants to talk by text, or needs none", () => {
  const wish = { ...WISH, mode: "text" };
  assert.deepEqual(run(strict, { type: "start", wish }).did, ["detach", "seek"]);
  assert.deepEqual(run(welcome, start).did, ["detach", "seek"]);
});

test("it attaches to the relay of a check and keeps what is missing", () => {
  assert.deepEqual(run(...checking, looked("looking", { relay: RELAY })).did, ["attach"]);
  const { state } = run(...checking, looked("looking", { missing: ["face"] }));
  assert.deepEqual(state.check, { state: "looking", missing: ["face"], failures: 0 });
});

test("it goes on to the search by itself once the check has passed", () => {
  const { state, did } = run(...checking, looked("looking", { relay: RELAY }), looked("passed"));
  assert.equal(state.phase, "searching");
  assert.deepEqual(did, ["detach", "seek"]);
  assert.equal(state.welcome.camera_check, "passed");
});

test("it stays in the lobby when the check passes after somebody went back", () => {
  const { state, effects } = run(...checking, { type: "lobby" }, looked("passed"));
  assert.equal(state.view, "lobby");
  assert.deepEqual(effects, []);
});

test("it shows a failed check until it is tried again", () => {
  const failed = looked("failed", { missing: ["light"], failures: 3 });
  const { state, did } = run(...checking, failed);
  assert.deepEqual(state.check, { state: "failed", missing: ["light"], failures: 3 });
  assert.deepEqual(did, ["detach"]);
  assert.deepEqual(run(...checking, failed, { type: "check_again" }).did, ["detach", "check"]);
});

test("it checks again when the server says that the last one counts no more", () => {
  const refused = heard({ type: "error", code: "camera_check", detail: "" });
  const { state, did } = run(welcome, start, refused);
  assert.equal(state.view, "check");
  assert.deepEqual(did, ["detach", "check"]);
});

test("it begins the check anew on a new connection, and leaves a failed one alone", () => {
  assert.deepEqual(run(...checking, { type: "lost" }).did, ["detach"]);
  assert.deepEqual(run(...checking, { type: "lost" }, strict).did, ["detach", "check"]);
  assert.deepEqual(run(...checking, looked("failed"), { type: "lost" }, strict).did, []);
});

test("it turns the camera off when somebody goes back from the check", () => {
  assert.deepEqual(run(...checking, { type: "lobby" }).did, ["detach", "camera_off"]);
});

test("it says why there is no check, and goes back when video is closed", () => {
  const slow = heard({ type: "error", code: "slow_down", detail: "", retry_after_s: 20 });
  const waiting = run(...checking, slow);
  assert.equal(waiting.state.check.state, "failed");
  assert.deepEqual(waiting.did, ["detach", "error"]);
  const closed = run(...checking, heard({ type: "error", code: "video_closed", detail: "" }));
  assert.equal(closed.state.view, "lobby");
  assert.deepEqual(closed.did, ["detach", "camera_off", "error"]);
});
