import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { visitor } from "../../../kit/console.ts";
import { SECRETS, testRelay } from "../../../kit/relay.ts";

Deno.test("the page of what was refused lists it by door, sender and reason, and shows admins the payload", async () => {
  await using house = await testRelay({ yaml: "doors: [{ name: any, title: $.title }]" });
  const hostile = '{"name":"<script>alert(1)</script>","token":"S3CRET"}';
  for (
    const [path, body] of [["/in/any", hostile], ["/nowhere", "{}"], ["/webhook", '{"alerts":1}']] as const
  ) {
    await (await house.request(path, { method: "POST", body, remote: "192.0.2.7" })).body?.cancel();
  }
  const { html } = await (await visitor(house, "admin")).get("/doors");
  match(
    html,
    /in\/any[^]*422 ×1[^]*alert 0: title: finds nothing[^]*来自 192\.0\.2\.7/,
  );
  match(html, /&lt;script>alert\(1\)|&lt;script&gt;alert\(1\)/);
  match(html, /地址不存在[^]*There is nothing at POST \/nowhere/);
  doesNotMatch(html, /<script>alert|S3CRET/);
  doesNotMatch(html, new RegExp(SECRETS.intakeToken));
  const seen = (await (await visitor(house, "viewer")).get("/doors")).html;
  match(seen, /alert 0: title: finds nothing/);
  doesNotMatch(seen, /alert\(1\)/);
});

Deno.test("the page says that nothing was refused, and that payloads are not kept", async () => {
  await using house = await testRelay({ yaml: "retention: { refused: 0 }" });
  const { status, html } = await (await visitor(house, "admin")).get("/doors");
  equal(status, 200);
  match(html, /没有被拒绝的请求[^]*retention\.refused/);
});
