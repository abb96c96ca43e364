/*
 * Copy buttons: <button data-copy="id of the text" hidden>.
 */
/** Copying needs HTTPS or localhost; elsewhere the text can be selected with one click. */
export function showCopyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = `✓ ${button.textContent.replace("✓ ", "")}`;
});
