/**
 * The page's words for what the server sends as codes: rules, reasons, ends and errors.
 */

/**
 * What a rule is called: the titles of reports/policies.py, so that somebody who reports, somebody
 * who is barred and whoever decides read the same words.
 *
 * @param {string} rule
 * @returns {string}
 */
export function ruleWords(rule) {
  /** @type {Record<string, string>} */
  const words = {
    nudity: gettext("Nudity on camera"),
    minor: gettext("Possibly under 18"),
    grooming: gettext("Sexual approaches to minors"),
    sexual_pressure: gettext("Sexual pressure"),
    blackmail: gettext("Blackmail"),
    threat: gettext("Threats"),
    self_harm: gettext("Self-harm"),
    hate: gettext("Hate"),
    harassment: gettext("Harassment"),
    violence: gettext("Violence on camera"),
    spam: gettext("Spam and fraud"),
    recording: gettext("Recording others"),
    other: gettext("Other breach of the rules"),
  };
  return words[rule] ?? gettext("A rule of this site");
}

/**
 * Why the other's picture is not shown. The server names technical reasons only: what a judge
 * thinks of somebody is told to nobody but them.
 *
 * @param {string | null} reason
 */
export function partnerHeldWords(reason) {
  switch (reason) {
    case "no_picture":
      return gettext("No picture is coming from the other side.");
    case "undecodable":
    case "no_verdict":
    case "classifier_failed":
      return gettext(
        "Their picture could not be checked, so you do not see it. It comes back by itself.",
      );
    default:
      return gettext("Their picture is being checked again. It comes back when it is clear.");
  }
}

/**
 * Why the other does not see one's own picture, and what to do.
 *
 * @param {string | null} reason
 */
export function ownHeldWords(reason) {
  switch (reason) {
    case "nudity":
      return gettext("They do not see you: your picture may break the rules. Keep your clothes on.");
    case "age_unsure":
      return gettext(
        "They do not see you yet: face the camera in good light, close enough to be seen.",
      );
    case "no_picture":
      return gettext(
        "They do not see you: no picture comes from your camera. Is another program using it?",
      );
    case "undecodable":
      return gettext(
        "They do not see you: your picture could not be read. It starts again by itself.",
      );
    case "no_verdict":
    case "classifier_failed":
      return gettext(
        "They do not see you: checking your picture takes too long just now. It comes back by itself.",
      );
    default:
      return gettext("They do not see you: your picture is being checked again.");
  }
}

/**
 * How the camera check goes: what is missing, and what to do about it. "Move into the light" helps;
 * "not passed" does not.
 *
 * @param {import("./state.js").CameraCheck} check
 */
export function checkWords({ state, missing }) {
  const first = missing?.[0];
  if (first) {
    return missingWords(first);
  }
  return state === "failed"
    ? gettext("That did not work. Try again.")
    : gettext("Look into the camera. This takes a few seconds.");
}

/**
 * @param {import("./protocol.js").Missing} missing
 */
function missingWords(missing) {
  switch (missing) {
    case "light":
      return gettext("It is too dark to see you. Move into the light, or uncover the camera.");
    case "clear_view":
      return gettext("There is nothing to see. Is something in front of the camera?");
    case "face":
      return gettext("Your face is not in the picture. Look into the camera, with your face in the frame.");
    case "larger_face":
      return gettext("Come closer: your face should fill the frame.");
    case "clear_face":
      return gettext("Your face is not clear enough. Look straight ahead, with light from the front.");
    case "moving_picture":
      return gettext("Your picture stands still. Move your head a little.");
    case "lawful_picture":
      return gettext("What your camera shows may break the rules. Keep your clothes on.");
    case "screening":
      return gettext(
        "Your picture cannot be checked just now. It is not your fault: try again in a moment.",
      );
  }
}

/**
 * What is offered after several failures.
 *
 * @param {number} failures
 */
export function checkHelpWords(failures) {
  return interpolate(
    ngettext(
      "%(count)s try did not work. By text you can talk right away, without a camera.",
      "%(count)s tries did not work. By text you can talk right away, without a camera.",
      failures,
    ),
    { count: failures },
    true,
  );
}

/**
 * How a conversation ended.
 *
 * @param {{ by: string, rule: string | null }} ending
 * @param {import("./protocol.js").Mode} mode
 */
export function endingWords({ by, rule }, mode) {
  switch (by) {
    case "you":
      return gettext("You left the conversation.");
    case "partner":
      return gettext("The other person left.");
    case "moderation":
      return rule
        ? interpolate(
            gettext("Moderation ended this conversation. The rule: %(rule)s."),
            { rule: ruleWords(rule) },
            true,
          )
        : gettext("Moderation ended this conversation.");
    default:
      return mode === "video"
        ? gettext("The connection was lost, or a picture could not be shown for too long.")
        : gettext("The connection between you two was lost.");
  }
}

/**
 * Advice to the one who receives a line of this kind.
 *
 * @param {string} about
 * @param {string} detail the server's words, for kinds that the page does not know
 */
export function cautionWords(about, detail) {
  switch (about) {
    case "contact_handle":
      return gettext(
        "They want to talk elsewhere. Nobody watches over you there, and fraud and blackmail often begin like this. You can simply stay here.",
      );
    case "phone_number":
      return gettext(
        "A phone number leads away from here, and a call shows them yours. You do not have to call.",
      );
    case "email_address":
      return gettext(
        "A mail address leads away from here, and a mail shows them yours. You do not have to write.",
      );
    case "money_request":
      return gettext(
        "Who asks a stranger for money is often not who they say. You owe them nothing, whatever the story.",
      );
    case "sexual_pressure":
      return gettext(
        "You owe nobody a picture, a word or an answer. If you do not want this, leave or report: they are not told.",
      );
    case "blackmail":
      return gettext(
        "They threatened you, and we did not pass it on. Do not pay and send nothing more: paying almost never ends it. Pictures can be taken down, and you are not alone with this.",
      );
    case "urges_self_harm":
      return gettext(
        "They wrote something that nobody should have to read, and we did not pass it on. If you are not well, somebody will listen.",
      );
    default:
      return detail || gettext("Take care with this line.");
  }
}

/**
 * Why a line of one's own was not passed on.
 *
 * @param {import("./protocol.js").Withheld} withheld
 */
export function withheldWords({ about, rule, detail }) {
  switch (about) {
    case "link":
      return gettext("Not passed on: links are not, whoever sends them.");
    case "many_rooms":
      return gettext(
        "Not passed on: you have said this to several people. Write something that is meant for this one.",
      );
    case "gift_card":
      return gettext(
        "Not passed on: gift cards, coins and investments are where most fraud here begins.",
      );
    case "threat":
      return gettext("Not passed on: this reads like a threat. A person will look at it.");
    case "blackmail":
      return gettext("Not passed on: this reads like blackmail. A person will look at it.");
    case "urges_self_harm":
      return gettext("Not passed on: nobody is told here to hurt themself. A person will look at it.");
    default: {
      const words = interpolate(
        gettext("Not passed on. The rule: %(rule)s."),
        { rule: ruleWords(rule) },
        true,
      );
      return rule === "other" && detail ? `${words} (${detail})` : words;
    }
  }
}

/** To somebody who speaks of hurting themself. */
export function comfortWords() {
  return gettext(
    "What you feel matters, and nobody here holds it against you. Somebody will listen to you now:",
  );
}

/** To somebody whose report the server did not take. */
export function unfiledWords() {
  return gettext(
    "Your report was NOT filed: it could not be stored, and nobody will read it yet. You two will not meet again today all the same. What you wrote is kept; send it again in a moment.",
  );
}

/** @param {import("./protocol.js").Failure} failure */
export function failureWords(failure) {
  switch (failure.code) {
    case "slow_down":
      return failure.retry_after_s
        ? interpolate(
            ngettext(
              "That was too fast. Try again in %(seconds)s second.",
              "That was too fast. Try again in %(seconds)s seconds.",
              Math.ceil(failure.retry_after_s),
            ),
            { seconds: Math.ceil(failure.retry_after_s) },
            true,
          )
        : gettext("That was too fast. Wait a moment.");
    case "video_closed":
      return gettext("Video is closed just now. Text is open.");
    case "restricted":
      return gettext("This is not open to you at the moment.");
    case "no_such_conversation":
      return gettext("That conversation can no longer be reached.");
    case "not_paired":
      return gettext("There is nobody here any more.");
    case "too_long":
      return gettext("That is too long.");
    case "unavailable":
      return gettext("The server cannot do this just now. Try again in a moment.");
    default:
      return gettext("The server did not understand the page. Load it again.");
  }
}

/**
 * How the proof of work goes, for the one who fills in the form; nothing while nobody waits.
 *
 * @param {import("./proof.js").ProofState} state
 * @param {boolean} isWaiting the button was pressed
 */
export function proofWords(state, isWaiting) {
  if (state === "working" && isWaiting) {
    return gettext(
      "Your browser is still solving the puzzle that keeps machines out. You come in by itself when it is done; this can take a minute.",
    );
  }
  if (state === "working") {
    return gettext(
      "Your browser is solving a puzzle in the background that keeps machines out. You need not do anything.",
    );
  }
  return state === "ready" ? gettext("The puzzle that keeps machines out is solved.") : "";
}

/** @param {number} code close code of the media socket */
export function mediaLostWords(code) {
  return code === 4408
    ? gettext("Your connection is too slow for pictures.")
    : gettext("The connection for pictures was lost. It is being made again.");
}

/** @param {import("./quality.js").Word} word */
export function qualityWords(word) {
  switch (word) {
    case "good":
      return gettext("Good connection");
    case "weak":
      return gettext("Weak connection");
    case "frozen":
      return gettext("Their picture stands still");
    case "sound":
      return gettext("Sound only: their picture stands still");
    case "reconnecting":
      return gettext("Reconnecting…");
  }
}

/**
 * A time as people say it where they are.
 *
 * @param {Date} at
 */
export function timeWords(at) {
  const now = new Date();
  const isToday = at.toDateString() === now.toDateString();
  const isThisYear = at.getFullYear() === now.getFullYear();
  return at.toLocaleString(document.documentElement.lang || undefined, {
    hour: "numeric",
    minute: "2-digit",
    ...(isToday ? {} : { weekday: "long", day: "numeric", month: "long" }),
    ...(isThisYear ? {} : { year: "numeric" }),
  });
}

/**
 * What a language is called in the page's language.
 *
 * @param {string} tag BCP 47
 */
export function languageName(tag) {
  try {
    const names = new Intl.DisplayNames([document.documentElement.lang || "en"], {
      type: "language",
    });
    return names.of(tag) ?? tag;
  } catch {
    // Not every tag that the protocol allows is one that the browser knows.
    return tag;
  }
}
