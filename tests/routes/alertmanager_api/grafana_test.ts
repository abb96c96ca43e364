/**
 * The requests of Grafana's Alertmanager data source, implementation "Prometheus".
 *
 * Source: https://github.com/grafana/grafana, `pkg/services/ngalert/api/lotex_am.go` and `DataSource.ts` of the data source
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR } from "../../../relay/base/duration.ts";
import { api } from "../../kit/api.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** Grafana's proxy sends the data source's user and password. */
async function grafana(
  house: TestRelay,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  // deno-lint-ignore no-explicit-any -- a test looks at what it expects
): Promise<{ status: number; body: any }> {
  const response = await house.request(path, {
    method,
    headers: {
      authorization: `Basic ${btoa(`grafana:${token}`)}`,
      ...body === undefined ? {} : { "content-type": "application/json" },
    },
    ...body === undefined ? {} : { body: JSON.stringify(body) },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

Deno.test("Grafana tests the data source, lists alerts, and makes, changes and ends a silence", async () => {
  await using house = await testRelay();
  const { body: { token } } = await api(house, "POST", "tokens", {
    body: { name: "grafana", scope: "operate" },
  });
  const ask = (method: string, path: string, body?: unknown): ReturnType<typeof grafana> =>
    grafana(house, token, method, path, body);
  await house.fire({ labels: { alertname: "DiskFull" } });

  ok((await ask("GET", "/alertmanager/api/v2/status")).status !== 200, "it is not Mimir");
  const { status, body: { config } } = await ask("GET", "/api/v2/status");
  equal([status, typeof config.original], [200, "string"]);

  const [group] = (await ask("GET", "/api/v2/alerts/groups")).body;
  equal([group.receiver, group.labels, group.alerts.length], [{ name: "default/default" }, {
    alertname: "DiskFull",
  }, 1]);
  equal((await ask("GET", "/api/v2/alerts?silenced=true&inhibited=true&active=true")).body.length, 1);

  const now = house.clock.now();
  const draft = {
    id: "",
    comment: "created by Grafana",
    createdBy: "li.lei",
    matchers: [{ name: "alertname", value: "DiskFull", isEqual: true, isRegex: false }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + HOUR).toISOString(),
  };
  const { body: { silenceID } } = await ask("POST", "/api/v2/silences", draft);
  const [alert] = (await ask("GET", "/api/v2/alerts")).body;
  equal(alert.status.silencedBy, [silenceID]);
  const later = { ...draft, id: silenceID, endsAt: new Date(now + 2 * HOUR).toISOString() };
  equal((await ask("POST", "/api/v2/silences", later)).body, { silenceID });
  equal((await ask("DELETE", `/api/v2/silence/${silenceID}`)).status, 200);
  equal((await ask("GET", "/api/v2/silences")).body.map((one: { status: object }) => one.status), [
    { state: "expired" },
  ]);
});
