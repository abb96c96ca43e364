/**
 * More than a day of a relay, played to a real one through its doors: storms, duplicates, a silence, an
 * acknowledgement, a removed robot, a message that a vendor refused. It is the data for viewing the console.
 *
 * @module
 */
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { startSink } from "../../simulator/sink.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { alarmV2, DEPARTMENT_SECRET } from "./alarm_v2.ts";
import { api } from "./api.ts";
import { TestClock } from "./clock.ts";
import { listening, type ListeningRelay } from "./listening.ts";
import { SECRETS, type TestAlert, type TestRelay, testRelay } from "./relay.ts";
import { selfSigned, startSmtp } from "./smtp.ts";
import { HOUR, MINUTE } from "../../relay/base/duration.ts";

/** A relay with a past, that listens. Its clock stops at the end of the story. */
export type Story = ListeningRelay;

const STEP = 5 * MINUTE;

/** The duration of the story. */
const LASTS = 26 * HOUR;

/** A listening relay on loopback without any data. */
export async function emptyStory(): Promise<Story> {
  return listening(await testRelay({ clock: new TestClock(Date.now()) }));
}

/** Play the story. It ends now, so that "5 minutes ago" is true. */
export async function tellStory(): Promise<Story> {
  const clock = new TestClock(Date.now() - LASTS);
  const now = (): number => clock.now();
  const certificate = await selfSigned();
  const dingtalk = await startDingTalk({
    now,
    robots: [{ token: "ops-robot", secret: "SEC-ops" }, { token: "night-robot", secret: "SEC-night" }],
  });
  const wecom = await startWeCom({ now, robots: ["dba-robot"] });
  const feishu = await startFeishu({ now, robots: [{ token: "pay-robot" }] });
  const sink = await startSink({ now });
  const smtp = await startSmtp({
    certificate,
    refuse: { "zhao.gang@example.com": "550 5.1.1 User unknown" },
  });
  const house = await testRelay({
    clock,
    yaml: `
heartbeats: [{ name: nightly-backup, every: 48h, grace: 1h, severity: error, group: default/default }]
departments:
  du-srv: { name: 云端, secret: ${DEPARTMENT_SECRET} }
ocp: { clear_after: 2h }
members:
  - { id: li.lei, name: 李雷, email: li.lei@example.com, mobile: "13800000001", dingtalk: lilei }
  - { id: han.meimei, name: 韩梅梅, email: han.meimei@example.com, mobile: "13800000002", dingtalk: hanmeimei }
  - { id: zhao.gang, name: 赵刚, email: zhao.gang@example.com }
defaults:
  email:
    host: localhost
    port: ${smtp.port}
    from: 烽火 <fenghuo@example.com>
    ca: ${JSON.stringify(certificate.cert)}
groups:
  - owner: ops
    level: default
    members: [li.lei, han.meimei]
    window: 30m
    oncall: { rotation: [li.lei, han.meimei], start: "2026-01-05" }
    destinations:
      - { name: on-call, channel: dingtalk_robot, config: { token: ops-robot, secret: SEC-ops, base: "${dingtalk.url}" } }
      - { channel: email }
      - { channel: inbox }
  - owner: chenmin
    level: "3"
    members: [li.lei, zhao.gang]
    destinations:
      - { name: night, channel: dingtalk_robot, config: { token: night-robot, secret: SEC-night, base: "${dingtalk.url}" } }
      - { channel: email }
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
`,
  });
  await furnish(house, { wecom: wecom.url, feishu: feishu.url, sink: sink.url });
  await live(house, {
    refuseOne: () => dingtalk.fault("errcode", { times: 2 }),
    breakSink: () => sink.down("5xx"),
  });
  return listening(house, [dingtalk, wecom, feishu, sink, smtp]);
}

/** The objects that people create in the console. */
async function furnish(
  house: TestRelay,
  { wecom, feishu, sink }: Readonly<Record<"wecom" | "feishu" | "sink", string>>,
): Promise<void> {
  const put = async (path: string, body: unknown): Promise<void> => {
    await done(api(house, "PUT", `config/${path}`, { body }));
  };
  await put("members/wang.fang", { name: "王芳", email: "wang.fang@example.com", wecom: "WangFang" });
  await put("groups/dba/default", {
    members: ["wang.fang"],
    window: "1h",
    quiet: { from: "23:00", to: "07:30" },
    destinations: [
      { name: "dba", channel: "wecom_robot", config: { key: "dba-robot", base: wecom } },
      { name: "warehouse", channel: "webhook", config: { url: `${sink}/alerts` } },
    ],
  });
  await put("groups/pay/default", {
    members: ["wang.fang"],
    locale: "en",
    destinations: [
      // The robot of this token was removed.
      {
        name: "gone",
        channel: "wecom_robot",
        config: { key: "gone-robot", base: wecom },
        fallback: "feishu",
      },
      { name: "feishu", channel: "feishu_robot", config: { token: "pay-robot", base: feishu } },
    ],
  });
  await put("groups/web/default", { window: "1h", destinations: [{ channel: "inbox" }] });
  await put("rules", [
    { match: ['team="dba"'], group: "dba/default" },
    { match: ['alertname=~"Node.*|Disk.*|HighCPU"', 'severity!="info"'], group: "ops/default" },
    { match: ['service="payment"'], group: "pay/default" },
    { match: ['job="nginx"', 'env!~"test|dev"'], group: "web/default" },
  ]);
  await done(
    api(house, "POST", "accounts", {
      body: { name: "wang.fang", role: "operator", password: "a long password" },
    }),
  );
  await done(
    api(house, "POST", "accounts", { body: { name: "wall", role: "viewer", password: "a long password" } }),
  );
  await done(api(house, "POST", "tokens", { body: { name: "grafana", scope: "read" } }));
  const named = [
    { channel: "wecom_robot", members: [], configs: [{ key: "named-robot", base: wecom }] },
    { channel: "dingtalk_robot", members: [], configs: [{ token: "named-one" }, { token: "named-two" }] },
  ];
  for (const target of named) await house.relay.adhoc.ensure(target, { sender: "token prometheus" });
  await done(
    api(house, "POST", "tokens", { body: { name: "prometheus", scope: "intake", doors: ["alertmanager"] } }),
  );
}

/** An action at this many minutes after the beginning. */
type Event = readonly [minute: number, happens: () => unknown];

async function live(
  house: TestRelay,
  { refuseOne, breakSink }: { refuseOne: () => void; breakSink: () => unknown },
): Promise<void> {
  const { clock } = house;
  const post = async (...alerts: TestAlert[]): Promise<void> => {
    const startsAt = new Date(clock.now() - MINUTE).toISOString();
    await read(house.post(...alerts.map((alert) => ({ startsAt, ...alert }))));
  };
  const fire = (...alerts: TestAlert[]) => () => post(...alerts);
  const clear = (...alerts: TestAlert[]) => () =>
    post(
      ...alerts.map((alert) => ({
        ...alert,
        status: "resolved" as const,
        endsAt: new Date(clock.now()).toISOString(),
      })),
    );
  const events: Event[] = [
    // Alertmanager repeats a firing alert; a resolved one is sent after a while.
    ...again(30, 95, 5, fire(CPU(3))),
    [96, clear(CPU(3))],
    ...again(200, 330, 10, fire(DISK(7))),
    [331, clear(DISK(7))],
    [410, fire(SLOW)],
    [470, clear(SLOW)],
    ...again(520, 600, 20, fire(...NGINX)),
    [605, clear(...NGINX)],
    // A rack loses its power.
    ...[600, 601, 602, 605, 610, 615, 620].map((minute): Event => [minute, fire(...RACK)]),
    [660, clear(...RACK)],
    [720, () => read(house.request("/alarm_v2", json(alarmV2({ env: "prod" }))))],
    ...again(760, 1_100, 20, fire(PAYMENT)),
    [800, () => (refuseOne(), post(CPU(9)))],
    [860, clear(CPU(9))],
    [
      900,
      () =>
        ocp(
          "ob_tenant_active_memstore_percent_over_threshold",
          "tenant=pay:cluster=obprod",
          "2",
          "租户 pay 的 MemStore 使用率 93%",
        ),
    ],
    ...again(1_000, 1_200, 15, fire(...NGINX.slice(0, 2))),
    [1_205, clear(...NGINX.slice(0, 2))],
    ...again(1_260, 1_420, 30, fire(SLOW)),
    [1_430, () => acknowledge("MySQLSlowQueries", "正在迁移索引，预计 30 分钟")],
    [1_440, () => silence()],
    ...again(1_450, 1_560, 10, fire(TEST_NODE)),
    [
      1_460,
      () =>
        read(
          house.request(
            "/alarm_v2",
            json(alarmV2({ alert_business: "订单", alert_function: "对账", exception_spec: "差异 3 笔" })),
          ),
        ),
    ],
    ...again(1_490, 1_560, 5, fire(CPU(1), CPU(2), DISK(4))),
    [1_500, () => ocp("ob_server_down", "host=10.10.0.17:cluster=obprod", "1", "observer 10.10.0.17 不可用")],
    [1_512, () => acknowledge("HighCPU", "扩容中")],
    ...again(1_515, 1_560, 15, fire(PAYMENT)),
    [1_530, breakSink],
    ...again(1_535, 1_560, 5, fire(REPLICA)),
    [
      1_540,
      fire({
        labels: { alertname: "CertExpiresSoon", severity: "info", instance: "www.example.com" },
        annotations: { summary: "14 days left" },
      }),
    ],
    [1_550, fire(...RACK.slice(0, 30))],
    [1_553, refused],
    [1_556, clear(DISK(4))],
  ];
  const queue = events.toSorted(([a], [b]) => a - b);
  for (let minute = 0; minute * MINUTE < LASTS; minute += STEP / MINUTE) {
    while (queue[0] && queue[0][0] < minute + STEP / MINUTE) await queue.shift()![1]();
    await house.advance(STEP);
    await house.relay.tidy();
  }
  await house.settle();

  function ocp(alarmType: string, target: string, level: string, summary: string): Promise<void> {
    const headers = { authorization: `Basic ${btoa(`ocp:${SECRETS.intakeToken}`)}` };
    const labels = { team: "dba" };
    return read(
      house.request(
        "/api/v2/alarm/alarms",
        json({ alarmType, target, level, summary, labels, status: "Active" }, headers),
      ),
    );
  }

  /** A person wrote a template with a number in it. */
  async function refused(): Promise<void> {
    const response = await house.request("/webhook", json({ alerts: [{ labels: { alertname: 404 } }] }));
    await response.body?.cancel();
  }

  async function acknowledge(title: string, memo: string): Promise<void> {
    const { body } = await api(house, "GET", "incidents?state=open");
    const found = body.incidents.find((incident: { title: string }) => incident.title === title);
    await done(api(house, "POST", `incidents/${found.id}/ack`, { body: { memo, by: "li.lei" } }));
  }

  async function silence(): Promise<void> {
    await done(api(house, "POST", "silences", {
      body: { matchers: ['env="test"'], duration: "8h", comment: "测试环境今晚升级", author: "wang.fang" },
    }));
  }
}

function again(from: number, to: number, every: number, happens: () => unknown): Event[] {
  return Array.from(
    { length: Math.floor((to - from) / every) + 1 },
    (_, index): Event => [from + index * every, happens],
  );
}

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers };
}

async function read(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`The story is refused: ${response.status} ${text}`);
}

async function done(answer: ReturnType<typeof api>): Promise<void> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`The story is refused: ${status} ${JSON.stringify(body)}`);
}

const CPU = (number: number): TestAlert => ({
  labels: {
    alertname: "HighCPU",
    severity: "critical",
    instance: `db-${number}.example.com:9100`,
    job: "node",
    team: "infra",
    zone: "cn-north-1",
  },
  annotations: {
    summary: `db-${number} 的 CPU 使用率 97%，已持续 10 分钟`,
    runbook_url: "https://wiki.example.com/runbooks/HighCPU",
  },
});

const DISK = (number: number): TestAlert => ({
  labels: {
    alertname: "DiskWillFill",
    severity: "warning",
    instance: `web-${number}.example.com:9100`,
    job: "node",
    mountpoint: "/data",
  },
  annotations: { summary: "/data 将在 4 小时内写满" },
});

const SLOW: TestAlert = {
  labels: {
    alertname: "MySQLSlowQueries",
    severity: "error",
    instance: "mysql-1.example.com:9104",
    job: "mysql",
    team: "dba",
  },
  annotations: { summary: "慢查询 132 次/分钟" },
};

const REPLICA: TestAlert = {
  labels: {
    alertname: "ReplicationLag",
    severity: "critical",
    instance: "mysql-2.example.com:9104",
    job: "mysql",
    team: "dba",
  },
  annotations: { summary: "Replica is 340 s behind" },
};

const PAYMENT: TestAlert = {
  labels: {
    alertname: "PaymentErrors",
    severity: "error",
    service: "payment",
    instance: "pay-1.example.com",
  },
  annotations: { summary: "5% of the payments fail" },
};

const TEST_NODE: TestAlert = {
  labels: { alertname: "NodeDown", severity: "critical", instance: "test-3.example.com", env: "test" },
  annotations: { summary: "test-3 is down" },
};

const NGINX: readonly TestAlert[] = ["502", "504", "timeouts"].map((kind) => ({
  labels: {
    alertname: "NginxErrors",
    severity: "warning",
    job: "nginx",
    env: "prod",
    kind,
    instance: "gw-1.example.com",
  },
  annotations: { summary: `More ${kind} than usual` },
}));

const RACK: readonly TestAlert[] = Array.from({ length: 80 }, (_, index) => ({
  labels: {
    alertname: "NodeDown",
    severity: index % 5 === 0 ? "critical" : "error",
    instance: `rack-4-${index}.example.com`,
    rack: "4",
  },
  annotations: { summary: `rack-4-${index} does not answer` },
}));
