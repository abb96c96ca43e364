/** Signing in at a real identity provider, in a real browser: both on loopback. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Greeting, startRelay, temporaryFolder } from "../kit/process.ts";
import { startProvider, type TestProvider } from "../kit/oidc_provider.ts";
import { SRE } from "../kit/provider_house.ts";
import { expectAccessible, hasBrowser, startBrowser } from "./_browser.ts";

const ignore = !(await hasBrowser());

/** A port that was free a moment ago: the provider needs the relay's address before the relay starts. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A test of a browser, a relay and a provider; an error on a page's console fails it. */
function oidcTest(
  name: string,
  run: (page: Page, both: { relay: Greeting & { output: string }; provider: TestProvider }) => Promise<void>,
  options: { javaScriptEnabled?: boolean; locale?: string; path?: string } = {},
): void {
  Deno.test({
    name: `${name} (needs Chromium)`,
    ignore,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(): Promise<void> {
      const { path = "", ...context } = options;
      const port = freePort();
      const url = `http://127.0.0.1:${port}${path}`;
      await using folder = await temporaryFolder();
      await using provider = await startProvider({
        users: { lilei: SRE, guest: { preferred_username: "guest", groups: ["sales"] } },
        redirectUris: [`${url}/sign-in/oidc/callback`],
      });
      await using relay = await startRelay({
        folder: folder.path,
        env: { ...provider.env(url), PORT: String(port) },
      });
      const browser = await startBrowser();
      try {
        const window = await browser.newContext({
          locale: "en-GB",
          viewport: { width: 1280, height: 900 },
          ...context,
        });
        const page = await window.newPage();
        const complaints: string[] = [];
        page.on("pageerror", (error) => complaints.push(String(error)));
        page.on("console", (message) => {
          if (message.type() === "error" && message.location().url.startsWith(url)) {
            complaints.push(message.text());
          }
        });
        await run(page, { relay: Object.assign(relay, { url }), provider });
        equal(complaints.filter((text) => !/status of 40[0-9]|status of 503/.test(text)), []);
      } finally {
        await browser.close();
      }
    },
  });
}

/** Signs in at the provider's own pages. */
async function atProvider(page: Page, provider: TestProvider, user: string): Promise<void> {
  await page.waitForURL(`${provider.issuer}/interaction/**`);
  await page.fill("[name=login]", user);
  await page.fill("[name=password]", "any");
  await page.click("button[type=submit]");
  await page.waitForSelector("[value=consent]", { state: "attached" });
  await page.click("button[type=submit]");
}

oidcTest(
  "a person signs in at the provider, reaches the page that was asked for, and signs out",
  async (page, both) => {
    const { relay, provider } = both;
    await page.goto(`${relay.url}/settings/accounts`);
    await page.waitForURL(`${relay.url}/sign-in?to=**`);
    await expectAccessible(page);
    await page.click("text=Sign in with Example SSO");
    await atProvider(page, provider, "lilei");
    await page.waitForURL(`${relay.url}/settings/accounts`);
    match(
      await page.locator("main").innerText(),
      /People of Example SSO[\s\S]*li\.lei \(Example SSO\)\s+Admin/,
    );
    await expectAccessible(page);
    await page.goto(`${relay.url}/settings/password`);
    match(await page.locator("main").innerText(), /this relay has no password of yours/);
    await page.click("summary.who");
    await page.click("text=Sign out");
    await page.waitForURL(`${relay.url}/sign-in`);
    match(await page.locator(".notice.good").innerText(), /You are signed out/);
    await page.goto(`${relay.url}/inbox`);
    await page.waitForURL(`${relay.url}/sign-in?to=**`);
    // The provider remembers the person: one click is enough.
    await page.click("text=Sign in with Example SSO");
    await page.waitForURL(`${relay.url}/inbox`);
  },
);

oidcTest(
  "a person without a role, and one who changes their mind, read a sentence and can use an account",
  async (page, both) => {
    const { relay, provider } = both;
    await page.goto(`${relay.url}/sign-in`);
    await page.click("text=Sign in with Example SSO");
    await atProvider(page, provider, "guest");
    await page.waitForURL(`${relay.url}/sign-in?problem=role`);
    match(await page.locator("#why").innerText(), /none of your groups has a role here/);
    await expectAccessible(page);
    await page.context().clearCookies();
    await page.click("text=Sign in with Example SSO");
    await page.waitForURL(`${provider.issuer}/interaction/**`);
    await page.click("text=Cancel");
    await page.waitForURL(`${relay.url}/sign-in?problem=denied`);
    match(
      await page.locator("#why").innerText(),
      /Example SSO did not let you in, or the sign-in was cancelled there/,
    );
    await page.fill("[name=name]", "admin");
    await page.fill("[name=password]", relay.adminPassword);
    await page.click("main form button");
    await page.waitForURL(`${relay.url}/`);
  },
);

oidcTest(
  "it works without a script, in Chinese, below a path, where the start prints no secret",
  async (page, both) => {
    const { relay, provider } = both;
    await page.goto(`${relay.url}/alerts?status=firing`);
    await page.click("text=使用 Example SSO 登录");
    await atProvider(page, provider, "lilei");
    await page.waitForURL(`${relay.url}/alerts?status=firing`);
    match(await page.title(), /告警日志/);
    const cookies = await page.context().cookies(relay.url);
    equal(
      cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]).filter(([name]) =>
        String(name).startsWith("fenghuo_")
      ),
      [["fenghuo_session", true, "Lax"]],
    );
    ok(!relay.output.includes(provider.clientSecret));
  },
  { javaScriptEnabled: false, locale: "zh-CN", path: "/fenghuo" },
);
