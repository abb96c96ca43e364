/** A destination's page shows the address that its vendor calls, and its missing requirements. */
import { match, ok } from "node:assert/strict";
import { visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - owner: 运维
    level: default
    destinations:
      - { name: with, channel: slack, config: { token: t, channel: C0000001, signing_secret: s3cr3t-of-the-app } }
      - { name: without, channel: slack, config: { token: t, channel: C0000001 } }
      - { name: none, channel: gotify, config: { base: "https://push.example.com", token: t } }`;

const PATH = "/groups/%E8%BF%90%E7%BB%B4/default/destinations";

async function pageOf(name: string, env: Record<string, string> = {}): Promise<string> {
  await using house = await testRelay({ yaml: YAML, env });
  const admin = await visitor(house, "admin");
  const { html } = await admin.get(`${PATH}/${name}`);
  ok(!html.includes("s3cr3t-of-the-app"));
  return html;
}

const PUBLIC = { FENGHUO_PUBLIC_URL: "https://alerts.example.com/fenghuo" };

Deno.test("the address is on the page, with where it goes", async () => {
  const html = await pageOf("with", PUBLIC);
  match(
    html,
    /<code>https:\/\/alerts\.example\.com\/fenghuo\/callbacks\/%E8%BF%90%E7%BB%B4\/default\/with<\/code>/,
  );
  match(html, /Interactivity &amp; Shortcuts/);
  ok(!html.includes("尚未生效"));
});

Deno.test("without the secret, and without a public address, the page says what to do", async () => {
  match(await pageOf("without", PUBLIC), /尚未生效：先填写上面用于验证回调的密钥并保存/);
  match(await pageOf("with"), /设置 FENGHUO_PUBLIC_URL 后/);
});

Deno.test("a vendor that calls nobody back has no address", async () => {
  ok(!(await pageOf("none", PUBLIC)).includes('id="callback"'));
});
