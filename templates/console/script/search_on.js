/*
 * A search that continues automatically (templates/console/parts/search_on.eta) can be stopped; its link continues
 * it.
 */
function showStop() {
  for (const part of document.querySelectorAll("[data-search-on]")) {
    part.querySelector("button").hidden = false;
    part.querySelector("a").hidden = true;
  }
}

document.addEventListener("click", ({ target }) => {
  const part = target.closest?.("[data-search-on] button")?.parentElement;
  if (!part) return;
  globalThis.htmx.trigger(part, "htmx:abort");
  // A part that is no longer on the page requests nothing more.
  const link = part.querySelector("a");
  link.hidden = false;
  part.replaceWith(link);
  link.focus();
});

showStop();
document.body.addEventListener("htmx:afterSwap", showStop);
