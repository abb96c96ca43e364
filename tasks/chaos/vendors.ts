/**
 * The vendors of a chaos run: two receivers of webhooks, which record each alert, and two robots with a budget, all
 * on loopback and with faults on request.
 *
 * @module
 */
import { type DingTalk, startDingTalk } from "../../simulator/dingtalk.ts";
import { type Sink, type SinkAnswer, startSink } from "../../simulator/sink.ts";
import { startWeCom, type WeCom } from "../../simulator/wecom.ts";
import { type Account, type Notified, type SinkName, SINKS, type Status } from "./account.ts";

/** The vendors' names in the plan. */
export const VENDORS = [...SINKS, "dingtalk", "wecom"] as const;

/** A vendor. */
export type VendorName = typeof VENDORS[number];

/** A vendor whose robots accept a limited number of messages a minute. */
export type RobotName = Exclude<VendorName, SinkName>;

/** A vendor's fault. */
export type VendorFault =
  | "503"
  | "429"
  | "400"
  | "slow"
  | "too slow"
  | "down: 5xx"
  | "down: refused"
  | "down: hang"
  | "200: busy"
  | "200: throttled"
  | "200: concurrent"
  | "200: refused"
  | "hang"
  | "cut"
  | "cut after it was posted";

/** A fault that a plan may choose. */
interface FaultChoice {
  readonly fault: VendorFault;
  /** The range of the number of affected requests. */
  readonly times: readonly [number, number];
  /** The range of the duration in seconds. */
  readonly seconds: readonly [number, number];
  /** Whether the relay cannot find out if the message has arrived. */
  readonly leavesUnknown?: true;
}

const DOWN: readonly FaultChoice[] = [
  { fault: "down: 5xx", times: [1, 1], seconds: [1, 8] },
  { fault: "down: refused", times: [1, 1], seconds: [1, 8], leavesUnknown: true }, // it also cuts what is under way
];

const OF_SINKS: readonly FaultChoice[] = [
  ...DOWN,
  { fault: "503", times: [1, 8], seconds: [1, 4] },
  { fault: "429", times: [1, 3], seconds: [1, 4] },
  { fault: "400", times: [1, 1], seconds: [1, 2] },
  { fault: "slow", times: [5, 30], seconds: [1, 6] },
  { fault: "too slow", times: [1, 2], seconds: [1, 3], leavesUnknown: true },
  { fault: "down: hang", times: [1, 1], seconds: [0.5, 2], leavesUnknown: true },
];

const OF_ROBOTS: readonly FaultChoice[] = [
  ...DOWN,
  { fault: "503", times: [1, 3], seconds: [1, 8] },
  { fault: "429", times: [1, 2], seconds: [1, 8] },
  { fault: "200: busy", times: [1, 3], seconds: [1, 8] },
  { fault: "200: refused", times: [1, 1], seconds: [1, 8] },
  { fault: "slow", times: [1, 5], seconds: [1, 8] },
  { fault: "hang", times: [1, 1], seconds: [1, 8], leavesUnknown: true },
  { fault: "cut", times: [1, 1], seconds: [1, 8], leavesUnknown: true },
  { fault: "cut after it was posted", times: [1, 1], seconds: [1, 8], leavesUnknown: true },
];

/** The faults of each vendor. */
export const VENDOR_FAULTS: Readonly<Record<VendorName, readonly FaultChoice[]>> = {
  sink: OF_SINKS,
  pager: OF_SINKS,
  dingtalk: [...OF_ROBOTS, { fault: "200: throttled", times: [1, 1], seconds: [1, 8] }],
  wecom: [...OF_ROBOTS, { fault: "200: concurrent", times: [1, 1], seconds: [1, 8] }],
};

/** The longest wait of the relays for a vendor's answer, in milliseconds: set in their configuration. */
export const SEND_TIMEOUT = 4_000;

/** 20 messages a minute, for DingTalk and WeCom. */
export const ROBOT_RATE = { messages: 20, per: 60_000 };

const DINGTALK = { token: "chaos", secret: "SECchaos+/=&%" };
const WECOM_KEY = "chaos-0000";

/** A message that a robot's vendor received, in the order of arrival. */
export interface RobotCall {
  readonly at: number;
  /** The idempotency key, if the vendor has one and the message was posted. */
  readonly posted?: string | undefined;
  /** Whether the vendor refused it for its rate. */
  readonly overRate: boolean;
}

/** The vendors of a run. */
export interface Vendors extends AsyncDisposable {
  /** The text of the relays' `fenghuo.yaml`. */
  readonly yaml: string;
  /** The alerts that the sinks have stored and confirmed, in the order of arrival. */
  readonly notified: readonly Notified[];
  /** The times of the requests to each sink, whatever its answer: epoch milliseconds. */
  readonly arrivals: Readonly<Record<SinkName, readonly number[]>>;
  /** @returns the calls of a robot */
  calls(robot: RobotName): readonly RobotCall[];
  fault(vendor: VendorName, fault: VendorFault, times: number): Promise<void>;
  /** End the faults of a vendor. */
  heal(vendor: VendorName): Promise<void>;
}

/** Groups and rules that are added to those of `fenghuo.yaml`, as text. */
export interface MoreYaml {
  readonly groups: string;
  readonly rules: string;
}

/** Start the vendors. `account`: the notes of the senders. */
export async function startVendors(account: Account, more: MoreYaml): Promise<Vendors> {
  await using started = new AsyncDisposableStack();
  const notified: Notified[] = [];
  const arrivals: Record<SinkName, number[]> = { sink: [], pager: [] };
  const sinkOf = async (name: SinkName): Promise<Sink> =>
    started.use(
      await startSink({
        onRequest: ({ text, refused }) => {
          const at = Date.now();
          arrivals[name].push(at);
          if (refused === undefined) notified.push(...readMessage(text, { at, sink: name, account }));
        },
      }),
    );
  const sinks: Readonly<Record<SinkName, Sink>> = {
    sink: await sinkOf("sink"),
    pager: await sinkOf("pager"),
  };
  const dingtalk = started.use(await startDingTalk({ robots: [DINGTALK] }));
  const wecom = started.use(await startWeCom({ robots: [WECOM_KEY] }));
  const owned = started.move();
  return {
    yaml: yamlFor({ sinks, dingtalk, wecom }, more),
    notified,
    arrivals,
    calls: (robot) => robot === "dingtalk" ? callsOf(dingtalk) : callsOf(wecom),
    fault: async (vendor, fault, times) => {
      if (vendor === "sink" || vendor === "pager") await failSink(sinks[vendor], fault, times);
      else await failRobot(vendor === "dingtalk" ? dingtalk : wecom, fault, times);
    },
    heal: async (vendor) => {
      const healed = { ...sinks, dingtalk, wecom }[vendor];
      healed.heal();
      await healed.up();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Critical alerts go to the pager and to both robots, all others to the sink. */
function yamlFor(
  { sinks, dingtalk, wecom }: { sinks: Readonly<Record<SinkName, Sink>>; dingtalk: DingTalk; wecom: WeCom },
  more: MoreYaml,
): string {
  const timeout = `timeout: ${SEND_TIMEOUT / 1_000}s`;
  const robot = JSON.stringify({ base: dingtalk.url, ...DINGTALK });
  const other = JSON.stringify({ base: wecom.url, key: WECOM_KEY });
  return `
groups:
  - owner: default
    level: default
    flap: { count: 0 }
    destinations:
      - { name: sink, channel: webhook, ${timeout}, config: { url: "${sinks.sink.url}" } }
  - owner: pager
    level: "1"
    flap: { count: 0 }
    destinations:
      - { name: pager, channel: webhook, ${timeout}, config: { url: "${sinks.pager.url}" } }
      - { name: dingtalk, channel: dingtalk_robot, ${timeout}, config: ${robot} }
      - { name: wecom, channel: wecom_robot, ${timeout}, config: ${other} }${more.groups}
rules:
  - { match: ['severity="critical"'], group: pager/1 }${more.rules}
`;
}

/** A message of the webhook channel. */
interface WebhookMessage {
  readonly data: {
    readonly alerts: readonly {
      readonly id: string;
      readonly fingerprint: string;
      readonly status: Status;
      readonly startsAt: string | null;
    }[];
  };
}

/** The alerts of a message, without the relay's own text. */
function readMessage(
  text: string,
  { at, sink, account }: { at: number; sink: SinkName; account: Account },
): Notified[] {
  const { data: { alerts } }: WebhookMessage = JSON.parse(text);
  return alerts.flatMap(({ id, fingerprint, status, startsAt }) => {
    const occurrence = startsAt === null
      ? undefined
      : account.occurrenceOf(fingerprint, Date.parse(startsAt));
    return occurrence ? [{ ...occurrence, at, sink, alert: id, fingerprint, status }] : [];
  });
}

async function failSink(sink: Sink, fault: VendorFault, times: number): Promise<void> {
  const answers: Partial<Record<VendorFault, SinkAnswer>> = {
    "503": { status: 503, body: "upstream error" },
    "429": { status: 429, headers: { "retry-after": "2" } },
    "400": { status: 400, body: "I do not like this one" },
    "slow": { delayMs: 700 },
    "too slow": { status: 504, delayMs: 2 * SEND_TIMEOUT },
  };
  const answer = answers[fault];
  if (answer !== undefined) sink.answer({ ...answer, times });
  else await sink.down(fault === "down: refused" ? "refused" : fault === "down: hang" ? "hang" : "5xx");
}

async function failRobot(robot: DingTalk | WeCom, fault: VendorFault, times: number): Promise<void> {
  if (fault === "down: 5xx" || fault === "down: refused") {
    return await robot.down(fault === "down: refused" ? "refused" : "5xx");
  }
  const common = {
    "503": ["5xx", {}],
    "429": ["429", { headers: { "retry-after": "2" } }],
    "slow": ["slow", { everyMs: 20 }],
    "hang": ["hang", {}],
    "cut": ["cut", {}],
    "cut after it was posted": ["cut_after_post", {}],
    "200: busy": ["busy", {}],
    "200: refused": ["errcode", {}],
    "200: throttled": ["errcode", {
      errcode: 90002,
      errmsg: "您的服务器调用钉钉开放平台所有接口的请求都被暂时禁用了",
    }],
    "200: concurrent": ["errcode", { errcode: 45033, errmsg: "api concurrent out of limit" }],
  } as const;
  const chosen = common[fault as keyof typeof common];
  if (chosen === undefined) throw new Error(`a robot has no fault "${fault}"`);
  robot.fault(chosen[0], { times, ...chosen[1] });
}

/** The codes of DingTalk and WeCom for too many messages a minute; none of the faults answers with them. */
const TOO_FAST = [130101, 45009];

function callsOf(robot: DingTalk | WeCom): RobotCall[] {
  return robot.requests.map(({ at, came, posted }) => ({
    at,
    posted: posted === undefined ? undefined : (posted.request as { msgUuid?: string }).msgUuid,
    overRate: typeof came === "object" && TOO_FAST.includes(came.errcode),
  }));
}
