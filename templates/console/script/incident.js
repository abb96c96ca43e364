/*
 * The page of an incident: its duration goes on, Ctrl+Enter posts a note, and its link can be copied.
 */
const root = document.documentElement;
const UNITS = root.lang.startsWith("zh")
  ? [["天", 86400], ["小时", 3600], ["分", 60], ["秒", 1]]
  : [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

/** As `formatDuration` of the relay. */
function duration(ms) {
  let seconds = Math.max(0, Math.floor(ms / 1000));
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  if (largest < 0) return `0 ${UNITS.at(-1)[0]}`;
  const words = [];
  for (const [name, size] of UNITS.slice(largest, largest + 2)) {
    const amount = Math.floor(seconds / size);
    seconds -= amount * size;
    if (amount > 0) words.push(`${amount} ${name}`);
  }
  return words.join(" ");
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-since]")) {
    const text = duration(Date.now() - Number(element.dataset.since));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const button = document.getElementById(event.target.dataset?.submit ?? "");
  if (!button) return;
  event.preventDefault();
  button.click();
});

/** Copying needs HTTPS or localhost; elsewhere the address bar has the link. */
export function showAddressButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy-address][hidden]")) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy-address]");
  if (!button) return;
  await navigator.clipboard.writeText(
    location.origin + (root.dataset.base ?? "") + button.dataset.copyAddress,
  );
  button.textContent = `✓ ${button.textContent.replace("✓ ", "")}`;
});

showAddressButtons();
document.body.addEventListener("htmx:afterSwap", showAddressButtons);
document.body.addEventListener("htmx:oobAfterSwap", showAddressButtons);
