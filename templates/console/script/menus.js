/*
 * Drop-downs (<details class="drop">) close with Escape, and with a click outside them.
 */
function closeDrops(except) {
  for (const drop of document.querySelectorAll("details.drop[open]")) {
    if (drop !== except) drop.open = false;
  }
}
document.addEventListener("click", (event) => closeDrops(event.target.closest?.("details.drop")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest?.("details.drop[open]");
  closeDrops();
  open?.querySelector("summary").focus();
});
