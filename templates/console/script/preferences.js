/*
 * A new theme applies immediately; a new language needs the page to be loaded again.
 */
const root = document.documentElement;

for (const form of document.querySelectorAll("[data-preferences]")) {
  form.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (submitter?.name !== "theme") return;
    event.preventDefault();
    root.dataset.theme = submitter.value;
    for (const button of form.querySelectorAll("[name=theme]")) {
      button.toggleAttribute("aria-current", button === submitter);
    }
    submitter.setAttribute("aria-current", "true");
    fetch(form.action, {
      method: "POST",
      body: new URLSearchParams({ theme: submitter.value }),
      redirect: "manual",
    });
  });
}
