/*
 * What the pages do beyond htmx. Everything works without it: this keeps times fresh, follows the relay's events, draws
 * charts, and saves a reload.
 */
"use strict";

(() => {
  const { body, documentElement: root } = document;
  const language = root.lang;

  // --- Times: "5 minutes ago" goes on, and the viewer's own zone is one hover away. ---

  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  /** As `formatAgo` of the relay: another clock may be a minute ahead. */
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

  const here = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });

  function freshen() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const ms = Date.parse(time.dateTime);
      const relative = time.querySelector(".ago");
      if (relative) relative.textContent = ago(ms);
      if (!time.dataset.utc) time.dataset.utc = time.title;
      time.title = [time.dataset.utc, here.format(ms)].filter(Boolean).join(" · ");
    }
  }

  // --- Charts: <div class="chart" data-chart='{"times": [ms], "series": [{"label", "tone", "values", "stack"?}]}'> ---

  const drawn = new Map();

  function colour(tone) {
    return getComputedStyle(root).getPropertyValue(`--${tone}`).trim() || "currentColor";
  }

  /** `light-dark()` is worked out by the browser only where it is used. */
  function plain(tone) {
    const probe = document.createElement("i");
    probe.style.color = colour(tone);
    body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  /** Lines differ in more than their colour. */
  const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]];

  /** What is counted has no halves. */
  const COUNTS = [1, 2, 5].flatMap((step) => Array.from({ length: 9 }, (_, power) => step * 10 ** power))
    .sort((
      a,
      b,
    ) => a - b);

  const clock = { timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const minutes = new Intl.DateTimeFormat(language, clock);
  const moments = new Intl.DateTimeFormat(language, { ...clock, month: "2-digit", day: "2-digit" });

  function draw(element) {
    const { times, series } = JSON.parse(element.dataset.chart);
    drawn.get(element)?.destroy();
    const [ink, line] = [plain("quiet"), plain("line")];
    const em = Number.parseFloat(getComputedStyle(root).fontSize); // larger on a wall
    const font = `${em * 0.75}px ${getComputedStyle(body).fontFamily}`;
    const axis = { font, stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const lasts = (times.at(-1) - times[0]) / 3600000;
    const labels = (_, splits) => splits.map((s) => (lasts > 48 ? moments : minutes).format(s * 1000));
    const lines = series.map(({ label, tone }, index) => ({
      label,
      stroke: plain(tone),
      width: 1.5,
      dash: DASHES[index % DASHES.length],
      points: { show: false },
    }));
    const moment = { label: root.dataset.time, value: (_, s) => s === null ? "–" : moments.format(s * 1000) };
    drawn.set(
      element,
      new globalThis.uPlot(
        {
          width: element.clientWidth,
          height: Math.max(180, element.clientHeight - 40),
          axes: [{ ...axis, values: labels, space: em * (lasts > 48 ? 6.25 : 3.75), size: em * 2.5 }, {
            ...axis,
            size: em * 3.5,
            incrs: COUNTS,
          }],
          scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
          series: [moment, ...lines],
          tzDate: (s) => globalThis.uPlot.tzDate(new Date(s * 1000), root.dataset.zone),
        },
        [times.map((ms) => ms / 1000), ...series.map(({ values }) => values)],
        element,
      ),
    );
  }

  function charts() {
    for (const [element, chart] of drawn) {
      if (element.isConnected) continue;
      chart.destroy();
      drawn.delete(element);
    }
    if (!globalThis.uPlot) return;
    for (const element of document.querySelectorAll("[data-chart]")) if (!drawn.has(element)) draw(element);
  }

  function redraw() {
    for (const element of drawn.keys()) draw(element);
  }

  let resizing;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(redraw, 150);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  // --- What changed: `hx-trigger="fenghuo:incident from:body"` looks again. ---

  const CHANGES = ["alert", "incident", "delivery", "lane", "config"];
  const banner = document.getElementById("stream");
  const over = document.getElementById("over");
  let stream;
  let again;
  let wait = 1000;
  let missed = false;
  /** The path under which a proxy publishes the relay; mostly empty. */
  const base = document.documentElement.dataset.base ?? "";

  /** What changed since the page was made is told at once. */
  let since = `?since=${body.dataset.live}`;

  function tell(change) {
    body.dispatchEvent(new CustomEvent(`fenghuo:${change}`));
  }

  function follow() {
    clearTimeout(again);
    stream = new EventSource(`${base}/events${since}`);
    stream.addEventListener("open", () => {
      if (!over.hidden) renew();
      banner.hidden = over.hidden = true;
      since = "";
      wait = 1000;
      if (missed) CHANGES.forEach(tell);
      missed = false;
    });
    stream.addEventListener("change", (event) => tell(event.data));
    stream.addEventListener("error", () => {
      missed = true;
      // An answer that is none ends the stream, a broken line does not.
      if (stream.readyState === EventSource.CLOSED) explain();
      else banner.hidden = !over.hidden;
      stream.close();
      again = setTimeout(follow, wait);
      wait = Math.min(wait * 2, 30000);
    });
  }

  /** What stands on the page stays, also what is being typed, when the session is over. */
  async function explain() {
    const asked = { method: "HEAD", headers: { "hx-request": "true" } };
    const status = await fetch(`${base}/settings/password`, asked).then((answer) => answer.status, () => 0);
    over.hidden = status !== 401;
    banner.hidden = !over.hidden;
  }

  /** Who signed in again, in another window, goes on here: the forms get the token of the new session. */
  async function renew() {
    const page = await fetch(location.href).then((answer) => answer.text());
    const { value } = new DOMParser().parseFromString(page, "text/html").querySelector("[name=form_token]");
    for (const field of document.getElementsByName("form_token")) field.value = value;
    body.setAttribute("hx-headers", JSON.stringify({ "x-form-token": value }));
  }

  /** A browser has six connections to a place: a page that nobody sees gives its own back. */
  function leave() {
    clearTimeout(again);
    stream?.close();
    missed = true;
  }

  if ("live" in body.dataset) {
    if (!document.hidden) follow();
    document.addEventListener("visibilitychange", () => document.hidden ? leave() : follow());
    addEventListener("pagehide", leave);
  }

  // --- A choice with fields: typing in a field selects the choice, and another choice clears the fields. ---

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

  // --- htmx: what failed is said; what was swapped in is brought up to date. ---

  const failed = document.getElementById("failed");
  for (const event of ["htmx:responseError", "htmx:sendError"]) {
    body.addEventListener(event, ({ detail: { xhr } }) => {
      if (xhr.status === 401) over.hidden = false;
      else failed.hidden = false;
    });
  }
  body.addEventListener("htmx:beforeRequest", () => failed.hidden = true);
  // A part that is as it was is left alone: nothing jumps, and what is open or marked stays so.
  body.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const { version } = detail.target.dataset;
    if (version && version === detail.fragment.firstElementChild?.dataset.version) detail.shouldSwap = false;
  });
  // Who has scrolled keeps the line that they are at: what is new stands above it.
  let line;
  body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    line = undefined;
    if (scrollY === 0) return;
    for (const { id } of detail.target.querySelectorAll("tr[id], li[id]")) {
      const { top } = document.getElementById(id).getBoundingClientRect();
      if (top >= 0) return line = { id, top };
    }
  });
  body.addEventListener("htmx:afterSwap", () => {
    const now = line && document.getElementById(line.id)?.getBoundingClientRect().top;
    if (now !== undefined) scrollBy({ top: now - line.top, behavior: "instant" });
    line = undefined;
    copyButtons();
    freshen();
    charts();
  });

  // --- Copying: <button data-copy="id of the text" hidden>. ---

  function copyButtons() {
    if (!navigator.clipboard) return; // not over plain HTTP: the text can be marked with one click
    for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
  }
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = `✓ ${button.textContent.replace("✓ ", "")}`;
  });

  // --- The theme changes at once; the language needs the page anew. ---

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
      redraw();
      fetch(form.action, {
        method: "POST",
        body: new URLSearchParams({ theme: submitter.value }),
        redirect: "manual",
      });
    });
  }

  // --- A form that is on its way shows it, and is not sent twice: a test message may take its ten seconds. ---

  const working = document.getElementById("working");
  const PATIENCE = 30000; // who stopped the page from loading may try again

  document.addEventListener("submit", (event) => {
    const { target: form, submitter, defaultPrevented } = event;
    if (defaultPrevented || form.method !== "post") return; // htmx says itself what it is at
    if ("sent" in form.dataset) return event.preventDefault();
    form.dataset.sent = "";
    submitter?.setAttribute("aria-busy", "true");
    working.textContent = working.dataset.words;
    setTimeout(rest, PATIENCE);
  });

  function rest() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    working.textContent = "";
  }
  addEventListener("pageshow", rest); // a page that one comes back to is as one left it

  // --- A file that is chosen is read into the field of this name: <input type="file" data-read-into="yaml">. ---

  document.addEventListener("change", async ({ target }) => {
    const name = target.dataset?.readInto;
    const file = target.files?.[0];
    if (name && file) target.form.elements[name].value = await file.text();
  });

  // --- One box chooses all: <label data-all="ids[]" hidden><input type="checkbox"></label>. ---

  for (const label of document.querySelectorAll("[data-all]")) {
    label.hidden = false;
    label.addEventListener("change", ({ target }) => {
      for (const box of document.getElementsByName(label.dataset.all)) box.checked = target.checked;
    });
  }

  // --- What opened closes again: with Escape, and with a click beside it. ---

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

  copyButtons();
  freshen();
  charts();
  setInterval(freshen, 30000);
})();
