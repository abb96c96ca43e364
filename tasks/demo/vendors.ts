/**
 * The demo's vendors: strict simulators, and the messages that their groups receive.
 *
 * @module
 */
import { type DingTalk, startDingTalk } from "../../simulator/dingtalk.ts";
import { type Feishu, startFeishu } from "../../simulator/feishu.ts";
import { type Sink, startSink } from "../../simulator/sink.ts";
import { startWeCom, type WeCom } from "../../simulator/wecom.ts";

/** The credentials of the demo's robots. */
export const ROBOTS = {
  ops: { token: "demo-ops", secret: "SECdemo-ops" },
  shop: { token: "demo-shop" },
  dba: "demo-dba",
  duty: { token: "demo-duty", secret: "demo-duty" },
} as const;

/** The running vendors. */
export interface Vendors extends AsyncDisposable {
  readonly dingtalk: DingTalk;
  readonly wecom: WeCom;
  readonly feishu: Feishu;
  readonly warehouse: Sink;
  /** The number of messages that their groups received, and of those refused for their rate. */
  readonly tally: { readonly messages: number; readonly tooFast: number };
}

/** A message that a group sees, or a refusal. */
export interface VendorEvent {
  readonly vendor: string;
  readonly text: string;
}

/** A robot's answer over its rate limit: 130101, 45009, 11232. */
const TOO_FAST = /^(130101|45009|11232) /;

/** Start the vendors on loopback. `onEvent` is called with every answer. */
export async function startVendors(
  { now, onEvent }: { now: () => number; onEvent: (event: VendorEvent) => void },
): Promise<Vendors> {
  await using started = new AsyncDisposableStack();
  const tally = { messages: 0, tooFast: 0 };
  const hear = (vendor: string, posted: string | undefined, refusal: string): void => {
    if (posted !== undefined) tally.messages++;
    else if (TOO_FAST.test(refusal)) tally.tooFast++;
    onEvent({ vendor, text: posted === undefined ? `refused: ${refusal}` : headline(posted) });
  };
  const dingtalk = started.use(
    await startDingTalk({
      now,
      robots: [ROBOTS.ops, ROBOTS.shop],
      onRequest: ({ posted, came }) =>
        hear("DingTalk", posted && `${posted.title}\n${posted.text}`, words(came)),
    }),
  );
  const wecom = started.use(
    await startWeCom({
      now,
      robots: [ROBOTS.dba],
      onRequest: ({ posted, came }) => hear("WeCom", posted?.text, words(came)),
    }),
  );
  const feishu = started.use(
    await startFeishu({
      now,
      robots: [ROBOTS.duty],
      onRequest: ({ posted, came }) =>
        hear("Feishu", posted && `${posted.title}\n${posted.text}`, words(came)),
    }),
  );
  const warehouse = started.use(await startSink({ now }));
  const owned = started.move();
  return {
    dingtalk,
    wecom,
    feishu,
    warehouse,
    tally,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A vendor's answer in its own words. */
function words(came: string | object): string {
  if (typeof came === "string") return came;
  const { errcode, errmsg, code, msg } = came as Record<string, unknown>;
  return `${errcode ?? code} ${errmsg ?? msg}`;
}

/** The first two lines of a message, without their markup. */
function headline(message: string): string {
  const lines = message.split("\n").map((line) => line.replace(/<[^>]*>|\*\*|^[#>\s-]+/g, "").trim());
  const [first = "", second = ""] = [...new Set(lines)].filter((line) => line !== "");
  return second.startsWith(first) ? second : `${first}  ${second}`;
}
