/*
 * A radio button with fields of its own: typing in a field selects the button, and selecting another one clears the fields.
 */
document.addEventListener("input", ({ target }) => {
  const fields = target.closest?.("[data-chooses]");
  const choice = fields?.closest("fieldset").querySelector(
    `[type="radio"][value="${fields.dataset.chooses}"]`,
  );
  if (choice) choice.checked = true;
});

document.addEventListener("change", ({ target }) => {
  const fields = target.matches?.('[type="radio"]') &&
    target.closest("fieldset")?.querySelector("[data-chooses]");
  if (!fields || target.value === fields.dataset.chooses) return;
  for (const input of fields.querySelectorAll("input")) input.value = "";
});
