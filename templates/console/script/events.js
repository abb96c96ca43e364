/*
 * Brings the relay's events to this tab, so that `hx-trigger="fenghuo:incident from:body"` requests a part of the
 * page again. A hidden tab requests its parts when it becomes visible. `fenghuo:pulse` has the counts;
 * `fenghuo:leads` reports whether this tab is the one that plays sounds.
 */
import { listenAlone } from "./alone.js";
import { listenShared } from "./shared.js";
import { sessionStatus } from "./stream.js";

const { body, documentElement: { dataset: { base = "" } } } = document;
const broken = document.getElementById("stream");
const over = document.getElementById("over");
const waiting = new Set();

function tell(name, detail) {
  body.dispatchEvent(new CustomEvent(`fenghuo:${name}`, { detail }));
}

function hear({ change, pulse, state, leads }) {
  if (change && document.hidden) waiting.add(change);
  else if (change) tell(change);
  if (pulse) tell("pulse", pulse);
  if (leads !== undefined) tell("leads", leads);
  if (state) show(state);
}

/** When the session ends, the page is unchanged, with all typed text. */
function show(state) {
  if (state === "open" && !over.hidden) renew();
  broken.hidden = state !== "broken";
  over.hidden = state !== "over";
}

/** The user signed in again in another window: the forms of this page get the token of the new session. */
async function renew() {
  const page = await fetch(location.href).then((answer) => answer.text()).catch(() => "");
  const field = new DOMParser().parseFromString(page, "text/html").querySelector("[name=form_token]");
  if (!field) return;
  for (const own of document.getElementsByName("form_token")) own.value = field.value;
  body.setAttribute("hx-headers", JSON.stringify({ "x-form-token": field.value }));
}

document.addEventListener("visibilitychange", async () => {
  if (document.hidden) return;
  // The user may have signed in again in another window.
  if (!over.hidden && await sessionStatus(base) === 200) show("open");
  for (const change of waiting) tell(change);
  waiting.clear();
});

if ("live" in body.dataset) {
  const where = { base, since: Number(body.dataset.live), hear };
  listenShared(where, () => listenAlone(where));
}
