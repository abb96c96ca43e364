import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { testRelay, webhook } from "../../kit/relay.ts";

/** Anything that JSON can say, often under names that a door knows. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      null,
      "",
      "text",
      "link",
      "feedCard",
      "firing",
      "1",
      "2026-01-31T08:00:00Z",
      "\u0000",
      "\ud800",
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.double(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...[
          "msgtype",
          "text",
          "content",
          "link",
          "links",
          "title",
          "feedCard",
          "actionCard",
          "btns",
          "markdown",
        ],
        ...[
          "alerts",
          "version",
          "orgId",
          "status",
          "labels",
          "annotations",
          "values",
          "panelURL",
          "__proto__",
        ],
      ),
      tie("value"),
    ),
  ),
})).value;

const DOORS = [
  "/robot/send?access_token=test-token",
  "/cgi-bin/webhook/send?key=test-token",
  "/open-apis/bot/v2/hook/test-token",
  "/dingtalk/ops/send",
  "/prometheusalert?type=dd",
  "/webhook",
  "/alarm",
];

for (const path of DOORS) {
  Deno.test(`whatever JSON is posted to ${path}, it is taken or refused, and nothing breaks`, async () => {
    await using house = await testRelay();
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const response = await house.request(path, { method: "POST", body: JSON.stringify(value) });
        const text = await response.text();
        ok([200, 400, 422].includes(response.status), `${response.status} ${text}`);
        ok(!text.includes("test-token"));
      }),
      { numRuns: 300 },
    );
    await house.settle();
    equal(house.reports, []);
  });
}

Deno.test("whatever the parameters of /prometheusalert are, nothing breaks, and no stranger is sent to", async () => {
  const asked: string[] = [];
  await using house = await testRelay({
    fetch: (input) => {
      asked.push(new URL(input instanceof Request ? input.url : input).host);
      return Promise.resolve(Response.json({ errcode: 0, errmsg: "ok" }));
    },
  });
  const hosts = fc.constantFrom(
    "oapi.dingtalk.com",
    "qyapi.weixin.qq.com",
    "evil.com",
    "127.0.0.1",
    "[::1]",
    "",
  );
  const url = fc.tuple(
    fc.constantFrom("https://", "http://", "//", "javascript:", ""),
    fc.oneof(fc.constant(""), fc.constant("oapi.dingtalk.com@"), fc.constant("oapi.dingtalk.com\\@")),
    hosts,
    fc.constantFrom("", ".", ":443", ":8443", "%2e", "#", "?"),
    fc.constantFrom("/robot/send?access_token=x", "/cgi-bin/webhook/send?key=x", "/", ""),
  ).map((parts) => parts.join(""));
  const good = fc.constantFrom(
    "https://oapi.dingtalk.com/robot/send?access_token=x",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
  );
  const value = fc.oneof(
    good,
    url,
    fc.array(url, { maxLength: 3 }).map((urls) => urls.join(",")),
    fc.string(),
  );
  const query = fc.record({
    type: fc.constantFrom("dd", "wx", "fs", "email", "webhook", "x"),
    ddurl: value,
    wxurl: value,
    webhookurl: value,
    email: value,
    at: fc.string(),
    rr: fc.constantFrom("true", "false"),
  });
  await fc.assert(
    fc.asyncProperty(query, async (query) => {
      const path = `/prometheusalert?${new URLSearchParams(query)}`;
      const response = await house.request(path, { method: "POST", body: JSON.stringify(webhook({})) });
      const text = await response.text();
      ok([200, 403, 422].includes(response.status), `${response.status} ${text} ${path}`);
      await house.settle();
    }),
    { numRuns: 500 },
  );
  ok(asked.length > 0, "some are told");
  equal(asked.filter((host) => !["oapi.dingtalk.com", "qyapi.weixin.qq.com"].includes(host)), []);
  equal(house.reports, []);
});
