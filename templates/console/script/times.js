/*
 * Keeps relative times current, and adds the viewer's own zone to each time's title.
 */
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const language = document.documentElement.lang;
const here = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });

/** Like `formatAgo` of the relay: this clock and the relay's may differ by a minute. */
function ago(ms) {
  const ahead = Math.floor((ms - Date.now()) / 1000);
  const isToCome = ahead > 60;
  const seconds = isToCome ? ahead : Math.max(0, Math.floor((Date.now() - ms) / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  const numeric = seconds === 0 ? "auto" : "always";
  return new Intl.RelativeTimeFormat(language, { numeric, style: "short" }).format(
    (isToCome ? 1 : -1) * Math.floor(seconds / size),
    unit,
  );
}

/** Updates every time on the page. */
export function refreshTimes() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const ms = Date.parse(time.dateTime);
    const relative = time.querySelector(".ago");
    if (relative) relative.textContent = ago(ms);
    if (!time.dataset.utc) time.dataset.utc = time.title;
    time.title = [time.dataset.utc, here.format(ms)].filter(Boolean).join(" · ");
  }
}

setInterval(refreshTimes, 30000);
