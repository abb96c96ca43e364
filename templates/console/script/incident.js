/* The page of an incident: its duration is updated, and Ctrl+Enter posts a note. */
import { elapsed } from "./elapsed.js";

const UNITS = document.documentElement.lang.startsWith("zh")
  ? ["天", "小时", "分", "秒"]
  : ["d", "h", "min", "s"];

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-since]")) {
    const text = elapsed((Date.now() - Number(element.dataset.since)) / 1000, UNITS);
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
