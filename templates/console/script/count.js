/*
 * The number of incidents that nobody has acknowledged, in the title and on the icon of every tab.
 */
const icon = document.querySelector("link[rel=icon]");
const title = document.querySelector("title");
let words = "";

function mark() {
  const plain = title.textContent.replace(/^\(\d+\+?\) /, "");
  if (title.textContent !== words + plain) title.textContent = words + plain;
}

function show({ unacknowledged, more, worst }) {
  words = unacknowledged > 0 ? `(${unacknowledged}${more ? "+" : ""}) ` : "";
  mark();
  const { plain, marked } = icon.dataset;
  const address = unacknowledged > 0
    ? marked.replace("WORST", worst).replace("COUNT", Math.min(unacknowledged, 99))
    : plain;
  if (icon.getAttribute("href") !== address) icon.href = address;
}

/** The element that was read last: its count is not read again, because the worker's counts are newer. */
let read;

/** The page itself has the first count; the worker sends the later ones, to hidden tabs, too. */
function readPage() {
  const part = document.getElementById("pulse");
  if (part === read) return;
  read = part;
  const { unacknowledged, worst, more } = part?.dataset ?? {};
  if (unacknowledged) show({ unacknowledged: Number(unacknowledged), worst, more: more !== undefined });
}

if (title && icon?.dataset.marked) {
  readPage();
  document.body.addEventListener("fenghuo:pulse", ({ detail }) => {
    show(detail);
    const shown = document.getElementById("pulse")?.dataset.unacknowledged;
    const isOld = shown !== undefined && Number(shown) !== detail.unacknowledged;
    if (isOld && !document.hidden) document.body.dispatchEvent(new CustomEvent("fenghuo:frame"));
  });
  document.body.addEventListener("htmx:afterSettle", readPage);
  new MutationObserver(mark).observe(title, { childList: true }); // htmx sets the title of the page that it requested
}
