/**
 * `deno task screenshots`: every page of the console as a picture, of a relay that has lived through a day.
 *
 * @module
 */
import type { Page } from "playwright-core";
import { isWhole } from "../../relay/domain/record.ts";
import { PAGES } from "../../routes/console/mod.ts";
import { hasBrowser, signIn, startBrowser } from "./_browser.ts";
import { emptyStory, type Story, tellStory } from "../kit/story.ts";
import { runTask, UsageError } from "../../tasks/_task.ts";

const HELP = `deno task screenshots [folder] [options]

Starts a relay with simulated vendors on loopback, lets it live through a day, and takes a picture of every page of
its console, into ./screenshots or the folder that is named. It needs Chromium as /usr/bin/chromium.

  --locale zh,en           default en
  --theme light,dark       default light,dark
  --width desktop,phone,…  default desktop,phone; tablet, 1080p and 4k, too
  --page TEXT              only pages whose address has this in it; / for the overview alone
  --webp                   as WebP, and only what a window shows: for documents`;

const WIDTHS = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  "1080p": { width: 1920, height: 1080 },
  "4k": { width: 3840, height: 2160 },
} as const;
const CHOICES = { locale: ["zh", "en"], theme: ["light", "dark"], width: Object.keys(WIDTHS) } as const;

/** Pages below one, such as an alert's own, that are visited. */
const BELOW = 3;

/** An account of the story whose role may not do everything. */
const VIEWER = { name: "wall", adminPassword: "a long password" };

/** The longest picture, in pixels. */
const LONGEST = 6_000;

/** The options of the pictures. */
interface Options {
  readonly folder: string;
  readonly locale: string;
  readonly theme: "light" | "dark";
  readonly width: keyof typeof WIDTHS;
  readonly only: string;
  readonly webp: boolean;
}

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text), complain: (text: string) => console.error(text) };

await runTask({
  name: "deno task screenshots",
  action: "take screenshots",
  help: HELP,
  options: {
    locale: { type: "string", default: "en" },
    theme: { type: "string", default: "light,dark" },
    width: { type: "string", default: "desktop,phone" },
    page: { type: "string", default: "" },
    webp: { type: "boolean", default: false },
  },
  words: 1,
  run: ({ values, positionals: [folder = "screenshots"] }) => takeAll(folder, values),
});

/** The requested pictures, as written. */
interface Asked {
  readonly locale: string;
  readonly theme: string;
  readonly width: string;
  readonly page: string;
  readonly webp: boolean;
}

/** @returns the exit code: 0 = taken · 1 = no browser */
async function takeAll(folder: string, values: Asked): Promise<number> {
  const wanted = {
    locale: values.locale.split(","),
    theme: values.theme.split(","),
    width: values.width.split(","),
  };
  for (const [name, choices] of Object.entries(CHOICES)) {
    const unknown = wanted[name as keyof typeof CHOICES].find((one) =>
      !choices.some((choice) => choice === one)
    );
    if (unknown === undefined) continue;
    throw new UsageError(`--${name} is "${unknown}"; it may be ${choices.join(", ")}`);
  }
  if (!await hasBrowser()) {
    out.complain("Cannot take screenshots: there is no /usr/bin/chromium; install Debian's package chromium");
    return 1;
  }
  await Deno.mkdir(folder, { recursive: true });
  await using story = await tellStory();
  await using empty = await emptyStory();
  const browser = await startBrowser();
  let count = 0;
  try {
    for (const locale of wanted.locale) {
      for (const width of wanted.width as Options["width"][]) {
        const isTouched = width === "phone" || width === "tablet";
        const context = await browser.newContext({
          viewport: WIDTHS[width],
          hasTouch: isTouched,
          isMobile: isTouched,
          locale: locale === "zh" ? "zh-CN" : "en-GB",
        });
        const page = await context.newPage();
        const options = { folder, locale, width, only: values.page, webp: values.webp };
        const isWanted = (path: string): boolean =>
          values.page === "/" ? path === "/" : path.includes(values.page);
        const take = async (path: string, name: string): Promise<void> => {
          if (!isWanted(path)) return;
          for (const theme of wanted.theme as Options["theme"][]) {
            out.say(await shoot(page, { ...options, theme, path, name }));
            count++;
          }
        };
        await page.goto(`${empty.url}/sign-in`);
        await take("/sign-in", "sign-in");
        await signIn(page, empty, "/");
        await take("/", "first-run");
        await context.clearCookies();
        await signIn(page, story);
        for (const { path, name } of await addressesIn(page, story)) {
          if (!isWanted(path) || await isFile(page, story.url + path)) continue;
          await page.goto(story.url + path);
          await take(path, name);
        }
        await page.goto(`${story.url}/wall?dim=off`);
        await take("/wall", "wall");
        await context.clearCookies();
        await signIn(page, { ...story, ...VIEWER }, "/");
        await page.goto(`${story.url}/audit`);
        await take("/audit", "not-allowed");
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
  out.say(`${count} pictures in ${folder}`);
  return 0;
}

/** The page as it is now, in a theme. @returns the file */
async function shoot(
  page: Page,
  { folder, locale, theme, width, webp, name }: Omit<Options, "only"> & { path: string; name: string },
): Promise<string> {
  await page.emulateMedia({ colorScheme: theme });
  const file = `${folder}/${name}.${width}.${theme}.${locale}.${webp ? "webp" : "png"}`;
  const size = WIDTHS[width];
  if (!webp) {
    // A window as high as the page: side columns then reach its end, and lazy parts are loaded.
    const height = await page.evaluate("document.documentElement.scrollHeight") as number;
    await page.setViewportSize({ ...size, height: Math.max(size.height, Math.min(LONGEST, height)) });
  }
  await page.waitForTimeout(500); // a chart is drawn anew, a mail is loaded
  if (!webp) {
    await page.screenshot({ path: file });
    await page.setViewportSize(size);
    return file;
  }
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  await Deno.writeFile(file, Uint8Array.fromBase64(data));
  return file;
}

/** A download is not a page. */
async function isFile(page: Page, url: string): Promise<boolean> {
  const headers = (await page.request.head(url)).headers();
  return headers["content-disposition"]?.startsWith("attachment") ?? false;
}

/** Every page, and one page of each kind that it links to. */
async function addressesIn(page: Page, { url, house }: Story): Promise<{ path: string; name: string }[]> {
  const found = new Map<string, string>();
  for (const { path } of PAGES) {
    found.set(nameOf(path), path);
    await page.goto(url + path);
    const links = await page.evaluate(
      "[...document.querySelectorAll('main a[href]')].map((link) => link.getAttribute('href'))",
    ) as string[];
    const below = links.filter((link) =>
      link.startsWith(`${path}/`) &&
      !PAGES.some((other) => link.startsWith(other.path) && other.path.length > path.length)
    );
    const kinds = new Map(below.map((link) => [nameOf(link.split(/[?#]/)[0]!), link]));
    for (const [name, link] of [...kinds].slice(0, BELOW)) if (!found.has(name)) found.set(name, link);
  }
  const newest = (await house.relay.store.log.newest(500))
    .find(({ alert, routing }) => isWhole(alert) && routing.some(({ by }) => by === "rule"));
  const more = {
    "deliveries-dead": "/deliveries?tab=dead",
    "deliveries-dead-id": await firstLink("/deliveries?tab=dead", "#list th a"),
    "deliveries-recent": "/deliveries?tab=recent",
    "deliveries-digest": await firstLink("/deliveries?tab=recent", "#list a[href*='digest=']"),
    "groups-edit": "/groups/dba/default/edit",
    "destinations": "/groups/dba/default/destinations",
    "destinations-new": "/groups/dba/default/destinations?channel=dingtalk_robot",
    "destinations-edit": "/groups/dba/default/destinations/warehouse",
    "members-edit": "/members/wang.fang",
    "rules-tried": `/rules?alert=${newest!.id}`,
    "templates-digest": "/templates?alert=digest",
    "templates-hostile": "/templates?alert=hostile",
    "not-found": "/nothing",
  };
  return [...found, ...Object.entries(more)].flatMap(([name, path]) => path ? [{ name, path }] : []);

  /** A digest exists only at some times of day: the deliveries that waited for the end of the quiet hours make one. */
  async function firstLink(path: string, selector: string): Promise<string | null> {
    await page.goto(url + path);
    const [first] = await page.locator(selector).all();
    return await first?.getAttribute("href") ?? null;
  }
}

/** `/alerts/01K…-000/why` → `alerts-id-why` */
function nameOf(path: string): string {
  if (path === "/") return "overview";
  return path.slice(1).split("/").map((part) => /^[0-9A-Z]{26}/.test(part) ? "id" : decodeURIComponent(part))
    .join("-");
}
