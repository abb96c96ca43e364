/*
 * Rows that arrive while the page is open flash once. The ULID in a row's id holds the time of its arrival.
 */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const { body } = document;
const opened = Number(body.dataset.now);
const seen = new Set();

/** The time in the ULID of `i-01KG9H3KK079J38YTAJTSX9J4H-000`. */
function timeOf(id) {
  const [ulid] = /[0-9A-HJKMNP-TV-Z]{26}/.exec(id) ?? [];
  return ulid && [...ulid.slice(0, 10)].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}

body.addEventListener("htmx:afterSettle", () => {
  for (const row of document.querySelectorAll("main :is(tr, li)[id]")) {
    const at = timeOf(row.id);
    if (!at || at <= opened || seen.has(row.id)) continue;
    seen.add(row.id);
    row.classList.add("arrived");
  }
});
