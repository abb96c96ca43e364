import { deepStrictEqual as equal } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { isResend } from "../../../relay/domain/occurrence.ts";

const START = Date.UTC(2026, 0, 31, 8);

Deno.test("every dialect that a door writes has a meaning of its own; an unknown one is never taken for a re-send", async () => {
  const dialects = new Set(["fenghuo"]);
  for (const folder of ["routes/dialects", "routes/dialects/ocp", "routes/alertmanager_api"]) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !name.endsWith(".ts")) continue;
      const source = await Deno.readTextFile(`${folder}/${name}`);
      for (const [, dialect] of source.matchAll(/\bdialect: "(\w+)"/g)) dialects.add(dialect!);
    }
  }
  const open = { startsAt: START, lastAt: START };
  const meanings = Object.fromEntries(
    [...dialects].sort().map((dialect) => [dialect, isResend(open, { dialect, startsAt: START })]),
  );
  equal(meanings, {
    alarm_v2: false,
    alertmanager: true,
    alertmanager_api: true,
    apprise: false,
    bark: false,
    dingtalk: false,
    feishu: false,
    fenghuo: true,
    gotify: false,
    grafana: true,
    ntfy: false,
    ocp: true,
    ocp_channel: true,
    opsgenie: false,
    pagerduty: false,
    prometheusalert: false,
    wecom: false,
  });
  equal(isResend(open, { dialect: "of tomorrow", startsAt: START }), false);
});

Deno.test("an incident of an earlier version has no start of its own: what began before its last alert is a re-send", () => {
  equal(isResend({ lastAt: START }, { dialect: "alertmanager", startsAt: START }), true);
  equal(isResend({ lastAt: START }, { dialect: "alertmanager", startsAt: START + 1 }), false);
});

Deno.test("where labels alone identify an alert, any firing before its end is a re-send, whatever its start", () => {
  const open = { startsAt: START, lastAt: START + MINUTE, clearsAfter: 4 * MINUTE };
  const table: [startsAt: number | null, isResent: boolean][] = [
    [START - MINUTE, true],
    [START, true],
    [START + MINUTE, true],
    [START + 5 * MINUTE - 1, true],
    [START + 5 * MINUTE, false],
    [null, true],
  ];
  for (const [startsAt, isResent] of table) {
    equal(isResend(open, { dialect: "alertmanager_api", startsAt }), isResent, String(startsAt));
  }
});
