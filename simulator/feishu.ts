/**
 * A strict Feishu robot on loopback: what it takes, the real one takes too.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { z } from "zod";
import { answerWith, Arrivals, type Arrived, cut, type Place, serveLoopback } from "./_loopback.ts";

/** A robot that the simulator has. */
export interface FeishuRobot {
  readonly token: string;
  readonly secret?: string;
  readonly keyword?: string;
}

/** What {@linkcode startFeishu} needs. */
export interface FeishuOptions extends Place {
  readonly robots: readonly FeishuRobot[];
  /** Epoch milliseconds; default the machine's clock. */
  readonly now?: () => number;
}

/** What the group sees. */
export interface FeishuPosted {
  readonly token: string;
  readonly type: "text" | "interactive";
  readonly title: string;
  readonly text: string;
  readonly ringsAll: boolean;
}

/** How Feishu, or the way to it, can fail. */
export type FeishuFault = "throttle" | "gateway" | "removed" | "payload" | "5xx" | "html" | "hang" | "cut";

/** A running simulator. */
export interface Feishu extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  readonly messages: readonly FeishuPosted[];
  /** How many requests arrived. */
  readonly requests: readonly Arrived[];
  /** Let the next requests fail. */
  fault(kind: FeishuFault, options?: { times?: number }): void;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
}

/** Source of the numbers: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot */
const BYTES = 20_000;
const HOUR_SECONDS = 3_600;
const BUDGETS = [{ messages: 100, per: 60_000 }, { messages: 5, per: 1_000 }];

const signed = { timestamp: z.string().regex(/^\d{10}$/).optional(), sign: z.string().optional() };
const plainText = z.strictObject({ tag: z.literal("plain_text"), content: z.string().min(1) });
const schema = z.discriminatedUnion("msg_type", [
  z.strictObject({
    msg_type: z.literal("text"),
    content: z.strictObject({ text: z.string().min(1) }),
    ...signed,
  }),
  z.strictObject({
    msg_type: z.literal("interactive"),
    card: z.strictObject({
      config: z.strictObject({ wide_screen_mode: z.boolean() }).optional(),
      header: z.strictObject({
        title: plainText,
        template: z.enum(["red", "orange", "green", "blue", "grey"]),
      }),
      elements: z.array(z.strictObject({ tag: z.literal("markdown"), content: z.string().min(1) })).min(1),
    }),
    ...signed,
  }),
]);

const say = (code: number, msg: string): Record<string, unknown> => ({ code, data: {}, msg });
const SUCCESS = { StatusCode: 0, StatusMessage: "success", ...say(0, "success") };

/** Start the simulator. */
export async function startFeishu({ robots, now = Date.now, ...place }: FeishuOptions): Promise<Feishu> {
  const messages: FeishuPosted[] = [];
  const requests: Arrived[] = [];
  const arrivals = new Arrivals();
  const faults: FeishuFault[] = [];
  const calls: number[] = [];

  const take = (request: Arrived): Record<string, unknown> => {
    const token = decodeURIComponent(
      /^\/open-apis\/bot\/v2\/hook\/([^/]+)$/.exec(request.url.pathname)?.[1] ?? "",
    );
    const robot = robots.find((robot) => robot.token === token);
    if (!robot) return say(19001, "param invalid: incoming webhook access token invalid");
    calls.push(now());
    if (BUDGETS.some(({ messages, per }) => calls.filter((at) => at > now() - per).length > messages)) {
      return say(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]");
    }
    if (request.body.length > BYTES) return say(9499, "Bad Request");
    const { data, error } = schema.safeParse(parsed(request.body));
    if (error) return say(error.issues[0]?.path[0] === "msg_type" ? 19002 : 9499, "param invalid");
    if (robot.secret !== undefined && !isSigned(data, robot.secret, now())) {
      return say(19021, "sign match fail or timestamp is not within one hour from current time");
    }
    const title = data.msg_type === "text" ? "" : data.card.header.title.content;
    const text = data.msg_type === "text"
      ? data.content.text
      : data.card.elements.map(({ content }) => content).join("\n");
    if (robot.keyword !== undefined && !`${title}\n${text}`.includes(robot.keyword)) {
      return say(19024, "Key Words Not Found");
    }
    const ringsAll = /<at (?:user_id="all"|id=all)>/.test(text);
    messages.push({ token, type: data.msg_type, title, text, ringsAll });
    return SUCCESS;
  };

  const loopback = await serveLoopback((request, response) => {
    requests.push(request);
    const fault = faults.shift();
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void =>
      answerWith(response, {
        status,
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    switch (fault) {
      case undefined:
        answer(200, take(request));
        break;
      case "throttle":
        answer(200, say(11232, "frequency limited"));
        break;
      case "gateway":
        answer(400, say(99991400, "request trigger frequency limit"), { "x-ogw-ratelimit-reset": "42" });
        break;
      case "removed":
        answer(200, say(19001, "param invalid: incoming webhook access token invalid"));
        break;
      case "payload":
        answer(400, say(9499, "Bad Request"));
        break;
      case "5xx":
        answer(503, "upstream error");
        break;
      case "html":
        answer(200, "<html></html>");
        break;
      case "cut":
        cut(response);
        break;
      case "hang":
    }
    arrivals.add();
  }, place);

  const close = (): Promise<void> => loopback.close();
  return {
    url: loopback.url,
    messages,
    requests,
    fault: (kind, { times = 1 } = {}) => void faults.push(...Array<FeishuFault>(times).fill(kind)),
    arrived: (count) => arrivals.reach(count),
    [Symbol.asyncDispose]: close,
  };
}

/** The key is the time and the secret, and the message is empty. */
function isSigned(
  { timestamp, sign }: { timestamp?: string | undefined; sign?: string | undefined },
  secret: string,
  now: number,
): boolean {
  if (timestamp === undefined || Math.abs(now / 1_000 - Number(timestamp)) > HOUR_SECONDS) return false;
  return sign === createHmac("sha256", Buffer.from(`${timestamp}\n${secret}`)).update("").digest("base64");
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
