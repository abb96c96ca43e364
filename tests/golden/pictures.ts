/**
 * `deno run -A tests/golden/pictures.ts [folder]`: the pictures of docs/migrating.md: the console's previews of each
 * vendor's message, and mails in a browser. It needs Chromium as /usr/bin/chromium.
 *
 * @module
 */
import type { Browser, Page } from "playwright-core";
import { signIn, startBrowser } from "../e2e/_browser.ts";
import { api } from "../kit/api.ts";
import { listening, type ListeningRelay } from "../kit/listening.ts";
import type { GoldenAlert } from "./alerts/alert.ts";
import { activeSessions, memstoreFull, memstoreOfOcp, serverInactive } from "./alerts/oceanbase.ts";
import { SETS } from "./alerts/sets.ts";
import { accept, build, chinaTime, firing, type House, type Language, NOW, post } from "./_life.ts";
import { MINUTE } from "../../relay/base/duration.ts";

/** A picture: its alerts, and the messages that it shows side by side. */
interface Picture {
  readonly name: string;
  readonly happens: (house: House["house"]) => Promise<void>;
  /** The destinations whose message is shown. */
  readonly shown: readonly string[];
  /** Default: both. */
  readonly languages?: readonly Language[];
}

/** Long messages fade out at the end. */
const FADED =
  "max-height:900px;overflow:hidden;mask-image:linear-gradient(to bottom, #000 800px, transparent 900px)";

const began = NOW - 8 * MINUTE;

async function fire(house: House["house"], alerts: readonly GoldenAlert[]): Promise<void> {
  await post(house, alerts.map((alert) => firing(alert, began)));
}

const OCEANBASE: readonly GoldenAlert[] = [
  serverInactive("obprod", "zone1", "10.30.0.11"),
  activeSessions("obprod", "pay", "10.30.0.12"),
  memstoreFull("obprod", "pay", "10.30.0.12"),
  memstoreFull("obprod", "trade", "10.30.0.13"),
];

const PICTURES: readonly Picture[] = [
  {
    name: "kube-prometheus-3",
    happens: (house) => fire(house, SETS[3]),
    shown: ["dingtalk_robot", "wecom_robot", "feishu_robot"],
  },
  {
    name: "kube-prometheus-200",
    happens: (house) => fire(house, SETS[200]),
    shown: ["dingtalk_robot", "wecom_robot"],
  },
  { name: "kube-prometheus-mail", happens: (house) => fire(house, SETS[6]), shown: ["email"] },
  {
    name: "oceanbase",
    happens: (house) => fire(house, OCEANBASE),
    shown: ["dingtalk_robot", "wecom_robot", "feishu_robot"],
  },
  {
    name: "oceanbase-ocp",
    happens: (house) =>
      accept(house, "/ocp/default/default", memstoreOfOcp({ began: chinaTime(began) }).variables),
    shown: ["dingtalk_robot", "wecom_robot"],
    languages: ["zh"],
  },
];

// deno-lint-ignore no-console -- to print is what a script is for
const say = (text: string): void => console.log(text);

const [folder = "docs/images"] = Deno.args;
await Deno.mkdir(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const language of ["zh", "en"] as const) {
    for (const picture of PICTURES) {
      const { languages = [language] } = picture;
      if (languages.includes(language)) say(await take(picture, language, browser));
    }
  }
} finally {
  await browser.close();
}

/** @returns the file */
async function take(
  { name, happens, shown }: Picture,
  language: Language,
  browser: Browser,
): Promise<string> {
  const { house, wire } = await build("6", language);
  await using story = listening(house, [wire]);
  await happens(house);
  await house.settle();
  const sent = wire.take();
  const context = await browser.newContext({
    viewport: { width: 1_440, height: 900 },
    deviceScaleFactor: 2,
    locale: language === "zh" ? "zh-CN" : "en-GB",
  });
  const page = await context.newPage();
  const images: string[] = [];
  for (const destination of shown) {
    const html = sent.find(({ vendor }) => vendor === "email")?.body.html;
    images.push(
      destination === "email" ? await mail(page, String(html)) : await bubble(page, story, destination),
    );
  }
  const file = `${folder}/${name}.${language}.webp`;
  await side(page, images, file);
  await context.close();
  return file;
}

/** The console's picture of the first message to a destination. */
async function bubble(page: Page, story: ListeningRelay, destination: string): Promise<string> {
  const { body } = await api(story.house, "GET", "deliveries?list=recent&limit=500");
  const found = body.deliveries.findLast((one: { destination: string }) =>
    one.destination === `default/default/${destination}`
  );
  await page.goto(`${story.url}/`);
  if (page.url().includes("/sign-in")) await signIn(page, story, "/");
  await page.goto(`${story.url}/deliveries/${found.id}`);
  const png = await page.locator("article.bubble").first().screenshot();
  return png.toBase64();
}

async function mail(page: Page, html: string): Promise<string> {
  await page.setViewportSize({ width: 1_000, height: 200 });
  await page.setContent(html);
  const png = await page.screenshot({ fullPage: true });
  await page.setViewportSize({ width: 1_440, height: 900 });
  return png.toBase64();
}

/** Pictures side by side, as WebP. */
async function side(page: Page, images: readonly string[], file: string): Promise<void> {
  await page.goto("about:blank");
  await page.setContent(
    `<body style="margin:0;background:#fff"><div id="all" style="display:inline-flex;gap:24px;padding:16px;align-items:flex-start">${
      images.map((image) =>
        `<div style="${FADED}"><img src="data:image/png;base64,${image}" style="zoom:.5"></div>`
      ).join("")
    }</div></body>`,
  );
  const box = (await page.locator("#all").boundingBox())!;
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send("Page.captureScreenshot", {
    format: "webp",
    quality: 80,
    captureBeyondViewport: true,
    clip: { ...box, scale: 0.75 },
  });
  await Deno.writeFile(file, Uint8Array.fromBase64(data));
}
