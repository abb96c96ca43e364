import { deepStrictEqual as equal } from "node:assert/strict";
import { fingerprint } from "../../../../relay/domain/fingerprint.ts";
import { isWhole } from "../../../../relay/domain/record.ts";
import { labelsOfTarget } from "../../../../routes/dialects/ocp/target.ts";
import { SECRETS, testRelay } from "../../../kit/relay.ts";

for (
  const [target, labels] of [
    ["service=OCP:svr_ip=1.2.3.4", { service: "OCP", svr_ip: "1.2.3.4" }],
    [
      "alarm_template_id=0:ob_cluster=TEST_CLUSTER-12:tenant_name=oracle:trans_hash=106",
      { ob_cluster: "TEST_CLUSTER-12", tenant_name: "oracle", trans_hash: "106" },
    ],
    ["svr_ip=10.0.0.1:2882", { svr_ip: "10.0.0.1:2882" }],
    ["svr_ip=fe80::1:tenant_name=sys", { svr_ip: "fe80::1", tenant_name: "sys" }],
    ["fenghuo=0123456789abcdef:alertname=DiskFull", { alertname: "DiskFull" }],
    ["ob_cluster=:obzone= :tenant_name= sys ", { tenant_name: "sys" }],
    ["db-1", {}],
    ["the disk of db-1: a=b", {}],
    ["a=b\nc=d", {}],
    ["", {}],
    ["=", {}],
  ] as [string, Record<string, string>][]
) {
  Deno.test(`the labels of the target ${JSON.stringify(target)}`, () =>
    equal(labelsOfTarget(target), labels));
}

const TARGET = "ob_cluster=C-12:tenant_name=oracle:svr_ip=10.0.0.1";

for (
  const [door, path, dialect, alarm, identity] of [
    [
      "pushed",
      "/api/v2/alarm/alarms",
      "ocp",
      { alarmType: "t", target: TARGET, labels: { svr_ip: "own" } },
      { alarmType: "t", target: TARGET },
    ],
    [
      "sent by a channel",
      "/ocp/default/default",
      "ocp_channel",
      { alarm_type: "t", alarm_target: TARGET, svr_ip: "own" },
      { alarm_type: "t", alarm_target: TARGET },
    ],
  ] as const
) {
  Deno.test(`an alarm that is ${door} has its target's parts as labels, its own take precedence, and it stays the same alarm`, async () => {
    await using house = await testRelay();
    const basic = btoa(`ocp:${SECRETS.intakeToken}`);
    const { status } = await house.request(path, {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, "content-type": "application/json" },
      body: JSON.stringify(alarm),
    });
    equal(status, 200);
    const [logged] = await house.relay.store.log.newest(1);
    const { labels } = isWhole(logged!.alert) ? logged!.alert : { labels: {} };
    const { ob_cluster, tenant_name, svr_ip, alarm_target } = labels as Record<string, string>;
    equal({ ob_cluster, tenant_name, svr_ip, alarm_target }, {
      ob_cluster: "C-12",
      tenant_name: "oracle",
      svr_ip: "own",
      alarm_target: TARGET,
    });
    equal(logged!.fingerprint, fingerprint(dialect, identity));
  });
}
