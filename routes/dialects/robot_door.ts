/**
 * The addresses that replace a vendor's robot: their senders change only a host name.
 *
 * @module
 */
import type { Context } from "hono";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import type { Relay } from "../../relay/relay.ts";
import { OPEN_INTAKE } from "../http/auth.ts";
import { parseJson, readBody } from "../http/body.ts";
import { failureOf } from "../http/failure.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import type { ReadOptions, Wrong } from "./robot_alert.ts";
import { withPatterns } from "./robot_patterns.ts";
import { senderOf, type TokenSender } from "./token_sender.ts";

/** The address and the answers of a vendor's robot. Refusals are HTTP 200 with a code, like the vendors'. */
export interface RobotVendor {
  /** The door of metrics and refusals. */
  readonly door: string;
  /** The spellings that the token of a request may have; empty without one. */
  readonly tokensIn: (c: Context) => readonly string[];
  /** Checks a robot's signature; without it, a robot with a secret cannot be used here. @throws RobotRefusal */
  readonly verify?: (
    request: SignedRequest,
    options: { secret: string; now: number },
  ) => void | Promise<void>;
  readonly parse: (body: unknown, options: ReadOptions) => { readonly alerts: IncomingAlert[] } | Wrong;
  readonly refusals: Readonly<Record<"noPost" | "noToken" | "unknownToken" | "unknownType", Refusal>>;
  /** The refusal of a field, such as `text.content`. */
  readonly wrong: (field: string) => Refusal;
  /** The code of any other refusal. */
  readonly other: number;
  /** The code for a failing store, and for other errors that a retry may resolve; its status is 503. */
  readonly busy: number;
  /** The response to an accepted message. */
  readonly accepted: object;
  /** The response to a refused one. */
  readonly refused: (refusal: Refusal) => object;
}

/** A vendor's code, and its words. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** The part of a request that a robot may sign. */
export interface SignedRequest {
  readonly query: URLSearchParams;
  /** Reads the body. @throws RequestError */
  readonly body: () => Promise<unknown>;
}

/** A request that is answered with one of the vendor's codes. */
export class RobotRefusal extends Error implements Refusal {
  readonly code: number;

  constructor({ code, message }: Refusal) {
    super(message);
    this.code = code;
  }
}

/** The handler of a vendor's address. */
export function robotHandler(
  relay: Relay,
  vendor: RobotVendor,
  { report }: { report: (words: string) => void },
): (c: Context) => Promise<Response> {
  const { door, refusals, verify } = vendor;
  const { accept, query: { config, clock } } = relay;

  async function acceptMessage(c: Context): Promise<void> {
    const now = clock.now();
    const request = c.req.raw;
    if (request.method !== "POST") throw new RobotRefusal(refusals.noPost);
    const { name, group, robot } = await requireSender(c);
    let reading: ReturnType<typeof readJson> | undefined;
    const read = (): ReturnType<typeof readJson> => reading ??= readJson(request);
    if (robot?.secret !== undefined) {
      const query = new URL(request.url).searchParams;
      await verify?.({ query, body: async () => (await read()).value }, { secret: robot.secret, now });
    }
    setSender(c, name, group);
    const { value, bytes } = await read();
    const parsed = vendor.parse(value, { authenticated: name !== OPEN_INTAKE, locale: config.locale });
    if ("unknownType" in parsed) throw new RobotRefusal(refusals.unknownType);
    if ("field" in parsed) throw new RobotRefusal(vendor.wrong(parsed.field));
    const alerts = robot === undefined
      ? parsed.alerts
      : parsed.alerts.map((one) => withPatterns(one, robot, now));
    await accept(alerts, { now, bytes, ...group === undefined ? {} : { group } });
  }

  async function requireSender(c: Context): Promise<TokenSender> {
    const tokens = vendor.tokensIn(c).filter((token) => token !== "");
    if (tokens.length === 0) throw new RobotRefusal(refusals.noToken);
    const sender = await senderOf(c.req.raw, tokens, relay, { canSign: verify !== undefined });
    if (sender === undefined) throw new RobotRefusal(refusals.unknownToken);
    return sender;
  }

  async function refuse(c: Context, { code, message }: Refusal): Promise<Response> {
    await noteRefusal(c, relay, { door, status: code, reason: message });
    return Response.json(vendor.refused({ code, message }));
  }

  return async (c) => {
    try {
      await acceptMessage(c);
      await noteAccepted(c, relay, { door });
      return Response.json(vendor.accepted);
    } catch (error) {
      if (error instanceof RobotRefusal) return await refuse(c, error);
      const { status, message, headers } = failureOf(error as Error, c, report);
      if (status < 500) return await refuse(c, { code: vendor.other, message });
      return Response.json(vendor.refused({ code: vendor.busy, message }), {
        status,
        headers: headers as Record<string, string>,
      });
    }
  };
}

async function readJson(request: Request): Promise<{ value: unknown; bytes: number }> {
  const { text, bytes } = await readBody(request);
  return { value: parseJson(text), bytes };
}
