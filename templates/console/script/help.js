/*
 * The dialog that lists the keys.
 */
export function openHelp() {
  let dialog = document.querySelector("dialog.keys");
  if (!dialog) {
    document.body.append(document.getElementById("keys").content.cloneNode(true));
    dialog = document.querySelector("dialog.keys");
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  }
  dialog.showModal();
}
