/*
 * Follows the relay's events, so that `hx-trigger="fenghuo:incident from:body"` requests a part of the page again.
 */
const { body } = document;
const CHANGES = ["alert", "incident", "delivery", "lane", "config"];
const banner = document.getElementById("stream");
const over = document.getElementById("over");
let stream;
let again;
let wait = 1000;
let missed = false;
/** The path under which a proxy publishes the relay; mostly empty. */
const base = document.documentElement.dataset.base ?? "";

/** What changed since the page was made is told at once. */
let since = `?since=${body.dataset.live}`;

function tell(change) {
  body.dispatchEvent(new CustomEvent(`fenghuo:${change}`));
}

function follow() {
  clearTimeout(again);
  stream = new EventSource(`${base}/events${since}`);
  stream.addEventListener("open", () => {
    if (!over.hidden) renew();
    banner.hidden = over.hidden = true;
    since = "";
    wait = 1000;
    if (missed) CHANGES.forEach(tell);
    missed = false;
  });
  stream.addEventListener("change", (event) => tell(event.data));
  stream.addEventListener("error", () => {
    missed = true;
    // An answer that is none ends the stream, a broken line does not.
    if (stream.readyState === EventSource.CLOSED) explain();
    else banner.hidden = !over.hidden;
    stream.close();
    again = setTimeout(follow, wait);
    wait = Math.min(wait * 2, 30000);
  });
}

/** What stands on the page stays, also what is being typed, when the session is over. */
async function explain() {
  const asked = { method: "HEAD", headers: { "hx-request": "true" } };
  const status = await fetch(`${base}/settings/password`, asked).then((answer) => answer.status, () => 0);
  over.hidden = status !== 401;
  banner.hidden = !over.hidden;
}

/** Who signed in again, in another window, goes on here: the forms get the token of the new session. */
async function renew() {
  const page = await fetch(location.href).then((answer) => answer.text());
  const { value } = new DOMParser().parseFromString(page, "text/html").querySelector("[name=form_token]");
  for (const field of document.getElementsByName("form_token")) field.value = value;
  body.setAttribute("hx-headers", JSON.stringify({ "x-form-token": value }));
}

/** A browser has six connections to a place: a page that nobody sees gives its own back. */
function leave() {
  clearTimeout(again);
  stream?.close();
  missed = true;
}

if ("live" in body.dataset) {
  if (!document.hidden) follow();
  document.addEventListener("visibilitychange", () => document.hidden ? leave() : follow());
  addEventListener("pagehide", leave);
}
