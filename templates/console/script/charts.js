/*
 * Draws charts with uPlot: <div class="chart" data-chart='{"times": [ms], "series": [{"label", "tone", "values"}]}'>.
 */
const { body, documentElement: root } = document;
const language = root.lang;

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

/** Draw the charts that are new on the page, and forget those that left it. */
export function drawCharts() {
  for (const [element, chart] of drawn) {
    if (element.isConnected) continue;
    chart.destroy();
    drawn.delete(element);
  }
  if (!globalThis.uPlot) return;
  for (const element of document.querySelectorAll("[data-chart]")) if (!drawn.has(element)) draw(element);
}

/** Draw every chart again: the window's size or the theme changed. */
export function redrawCharts() {
  for (const element of drawn.keys()) draw(element);
}

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(redrawCharts, 150);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawCharts);
