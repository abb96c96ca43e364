/*
 * Durations: a field for a number and one for its unit take the place of a text such as `5m`. The field of any other text, such as
 * `1h30m`, stays as it is.
 */
const UNITS = { s: "second", m: "minute", h: "hour", d: "day" };
const language = document.documentElement.lang;

const nameOf = (unit) =>
  new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).formatToParts(5)
    .find(({ type }) => type === "unit").value;

/** Replaces each field of a duration by a number and a unit. */
export function showDurations() {
  for (const input of document.querySelectorAll("input[data-duration]")) {
    const [, number = "", unit = "m"] = /^(?:(\d+)([smhd]))?$/.exec(input.value.trim()) ?? [];
    delete input.dataset.duration;
    if (number === "" && input.value.trim() !== "") continue;
    const count = document.createElement("input");
    const units = document.createElement("select");
    Object.assign(count, {
      type: "number",
      min: "0",
      step: "1",
      inputMode: "numeric",
      value: number,
      id: input.id,
    });
    for (const [value, name] of Object.entries(UNITS)) {
      units.add(new Option(nameOf(name), value, false, value === unit));
    }
    const label = document.querySelector(`label[for="${input.id}"]`);
    units.setAttribute("aria-label", label?.firstChild.textContent.trim() ?? "");
    count.setAttribute("aria-describedby", input.getAttribute("aria-describedby") ?? "");
    count.disabled = units.disabled = input.disabled;
    input.removeAttribute("id");
    input.type = "hidden";
    const pair = document.createElement("span");
    pair.className = "duration";
    pair.append(count, units);
    input.after(pair);
    pair.addEventListener("input", () => input.value = count.value === "" ? "" : count.value + units.value);
  }
}

document.body.addEventListener("htmx:afterSwap", showDurations);
