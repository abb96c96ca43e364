import { deepStrictEqual as equal, doesNotMatch } from "node:assert/strict";
import { BuiltInAccount } from "../../relay/access/built_in_account.ts";
import { VERSION } from "../../relay/base/version.ts";
import { createStandIn } from "../../routes/stand_in.ts";

const REASON = "The relay cannot reach its database yet";
const INSIDE = "http://10.0.0.7:4512/ says: no";

const app = createStandIn({
  reason: REASON,
  unready: {
    parts: () => ({ store: INSIDE }),
    admin: new BuiltInAccount(() => "right"),
    proxies: [],
  },
});

/** An answer in a caller's view: its status, and the body as JSON if it is JSON. */
async function ask(
  path: string,
  { method = "GET", authorization = "", remote = "192.0.2.1" } = {},
): Promise<[number, unknown]> {
  const response = await app.request(path, { method, headers: { authorization } }, { remote });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return [response.status, isJson ? JSON.parse(text) : text];
}

for (
  const [path, status, body] of [
    ["/webhook", 503, { error: REASON }],
    ["/webhook/ops/default/", 503, { error: REASON }],
    ["/alarm_v2", 200, { code: 3000, message: REASON }],
    ["/alarm", 200, { code: 3000, message: REASON }],
    ["/robot/send?access_token=x", 503, { errcode: -1, errmsg: REASON }],
    ["/cgi-bin/webhook/send?key=x", 503, { errcode: -1, errmsg: REASON }],
    ["/open-apis/bot/v2/hook/x", 503, { code: 9499, data: {}, msg: REASON }],
    ["/dingtalk/ops/send", 503, REASON],
    ["/dingtalk", 503, REASON],
    ["/prometheusalert", 503, REASON],
    ["/ocp/ops/default", 503, { errcode: 503, errmsg: REASON, successful: false }],
    ["/api/v2/alerts", 503, REASON],
    ["/api/config", 503, { error: REASON }],
    ["/", 503, { error: REASON }],
  ] as const
) {
  Deno.test(`a stand-in answers ${path} in the words of its callers`, async () => {
    equal(await ask(path, { method: "POST" }), [status, body]);
  });
}

Deno.test("a stand-in answers OCP's push in its envelope", async () => {
  const [status, body] = await ask("/api/v2/alarm/alarms", { method: "POST" }) as [
    number,
    Record<string, unknown>,
  ];
  equal([status, body.successful, body.status, body.error], [503, false, 503, {
    code: 10999,
    message: REASON,
  }]);
});

Deno.test("a stand-in is alive, and shows only the administrator why it is not ready", async () => {
  equal(await ask("/healthz"), [200, { alive: true, version: VERSION }]);
  for (
    const authorization of [
      "",
      "Bearer wrong",
      `Basic ${btoa("someone:right")}`,
      "Basic ?",
      "Bearer fenghuo_0123",
    ]
  ) {
    equal(await ask("/readyz", { authorization }), [503, { ready: false }], authorization);
  }
  for (const authorization of ["Bearer right", `Basic ${btoa("admin:right")}`]) {
    equal(await ask("/readyz", { authorization }), [
      503,
      { ready: false, unready: { store: INSIDE }, warnings: [] },
    ]);
  }
  const everywhere = ["/", "/webhook", "/readyz", "/alarm_v2", "/api/ledger", "/console"];
  const answers = await Promise.all(everywhere.map((path) => ask(path, { method: "POST" })));
  doesNotMatch(JSON.stringify(answers), /10\.0\.0\.7/);
});

Deno.test("whoever guesses the password at a stand-in has to wait", async () => {
  const remote = "192.0.2.2";
  for (let guess = 0; guess < 30; guess++) {
    await ask("/readyz", { authorization: `Bearer guess-${guess}`, remote });
  }
  equal(await ask("/readyz", { authorization: "Bearer right", remote }), [503, { ready: false }]);
});
