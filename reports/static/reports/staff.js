// @ts-check
/**
 * The staff pages' own behaviour: evidence, and the desk in modules of its own.
 *
 * Everything here works without JavaScript as plain forms; this only makes it quicker.
 */

import "./evidence.js";
import "./desk/keys.js";
import "./desk/claim.js";
import "./desk/deciding.js";
import "./desk/notes.js";
import "./desk/picks.js";
import "./desk/live.js";
