/*
 * Copy buttons: <button data-copy="id of the text" hidden>, <button data-copy-address="/path" hidden>, and
 * <button data-copy-link hidden> for the address of the page.
 */
const BUTTONS = "[data-copy], [data-copy-address], [data-copy-link]";
const { base = "" } = document.documentElement.dataset;

function textOf({ copy, copyAddress }) {
  if (copy !== undefined) return document.getElementById(copy).textContent;
  return copyAddress === undefined ? location.href : location.origin + base + copyAddress;
}

/** Copying needs HTTPS or localhost; elsewhere people can select the text, or use the address bar. */
function showButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll(BUTTONS)) button.hidden = false;
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.(BUTTONS);
  if (!button) return;
  await navigator.clipboard.writeText(textOf(button.dataset));
  button.textContent = `✓ ${button.textContent.replace("✓ ", "")}`;
});

showButtons();
for (const event of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
  document.body.addEventListener(event, showButtons);
}
