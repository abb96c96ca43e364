import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { OpenApi } from "../../../routes/api/openapi/document.ts";
import { api } from "../../kit/api.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const HEADERS = {
  authorization: `Basic ${btoa(`admin:${SECRETS.adminPassword}`)}`,
  accept: "text/html",
  "accept-language": "en",
};

Deno.test("the page shows every operation and shape of the document, with its fields and a command", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: "https://alerts.example.com" } });
  const document: OpenApi = (await api(house, "GET", "openapi.json")).body;
  const response = await house.request("/settings/api", { headers: HEADERS });
  const html = await response.text();
  equal(response.status, 200);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
  equal(ids.length, new Set(ids).size, "no two places have one name");
  for (const methods of Object.values(document.paths)) {
    for (const { operationId } of Object.values(methods)) ok(ids.includes(operationId), operationId);
  }
  for (const name of Object.keys(document.components.schemas)) ok(ids.includes(`shape-${name}`), name);
  for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) ok(ids.includes(target!), `#${target}`);
  const silence = html.slice(html.indexOf('id="post_api_silences"'));
  match(silence, /Role needed: Operator/);
  match(silence, /<code>matchers<\/code>[\s\S]*?string\[\][\s\S]*?required/);
  match(silence, /curl -X POST https:\/\/alerts\.example\.com\/api\/silences \\\n/);
  match(silence, /-d &#39;{&quot;matchers&quot;:\[/);
  ok(!html.includes("undefined") && !html.includes("[object Object]"));
});

Deno.test("the page speaks Chinese around the document, and is small", async () => {
  await using house = await testRelay();
  const response = await house.request("/settings/api", {
    headers: { ...HEADERS, "accept-language": "zh", "accept-encoding": "gzip" },
  });
  equal(response.headers.get("content-encoding"), "gzip");
  const bytes = new Uint8Array(await response.arrayBuffer());
  ok(bytes.length < 100 * 1024, `${bytes.length} bytes`);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  match(await new Response(stream).text(), /<html lang="zh-CN"[\s\S]*所需角色：操作员/);
});
