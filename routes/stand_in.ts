import { type Context, Hono } from "hono";
import type { BuiltInAccount } from "../relay/access/built_in_account.ts";
import type { Network } from "../relay/access/network.ts";
import { defined } from "../relay/base/defined.ts";
import { VERSION } from "../relay/base/version.ts";
import { answer as alarmV2Answer, CODE } from "./dialects/alarm_v2_answer.ts";
import { OCP_CODE, ocpAnswer } from "./dialects/ocp/answer.ts";
import { credentialsIn } from "./http/auth.ts";
import { routePath } from "./http/path.ts";
import { addressOf } from "./http/remote_address.ts";

/** The reason why no relay answers. */
export interface StandInOptions {
  /** For everybody, so it names nothing of the inside. */
  readonly reason: string;
  /** More for everybody, in JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The administrator's details at `/readyz`: the broken parts, each with the reason. */
  readonly unready?: {
    readonly parts: () => Readonly<Record<string, string>>;
    readonly admin: BuiltInAccount;
    readonly proxies: readonly Network[];
  };
  /** Seconds after which to try again. */
  readonly retryAfter?: number;
}

/**
 * Stands in for a relay that is not there yet: each door refuses in its callers' own words, so that their senders come again.
 */
export function createStandIn({ reason, details = {}, unready, retryAfter = 5 }: StandInOptions): Hono {
  const app = new Hono({ getPath: routePath });
  const headers = { "retry-after": String(retryAfter) };

  function isAdmin(c: Context): boolean {
    const credentials = credentialsIn(c.req.header("authorization") ?? "");
    if (!unready || !credentials) return false;
    const { user: name, password } = credentials;
    const login = { ...defined({ name }), password, address: addressOf(c, unready.proxies) };
    const answer = unready.admin.authenticate(login, Date.now());
    return answer !== undefined && "role" in answer;
  }

  app.get("/healthz", (c) => c.json({ alive: true, version: VERSION }));
  app.get("/readyz", (c) => {
    const parts = isAdmin(c) ? { unready: unready!.parts(), warnings: [] } : {};
    return c.json({ ready: false, ...details, ...parts }, 503, headers);
  });
  for (const path of ["/alarm_v2", "/alarm"]) {
    app.all(path, () => alarmV2Answer({ code: CODE.storeUnavailable, message: reason }));
  }
  for (const path of ["/robot/send", "/cgi-bin/webhook/send"]) {
    app.all(path, (c) => c.json({ errcode: -1, errmsg: reason }, 503, headers));
  }
  app.all("/open-apis/bot/*", (c) => c.json({ code: 9499, data: {}, msg: reason }, 503, headers));
  app.all("/dingtalk/*", (c) => c.text(reason, 503, headers));
  app.all("/prometheusalert/*", (c) => c.json(reason, 503, headers));
  app.all("/api/v2/alerts", (c) => c.json(reason, 503, headers));
  app.all("/ocp/*", (c) => c.json({ errcode: 503, errmsg: reason, successful: false }, 503, headers));
  app.all("/api/v2/alarm/*", () => {
    const now = Date.now();
    const error = { status: 503, code: OCP_CODE.unknown, message: reason };
    return ocpAnswer({ error, headers }, { now, started: now });
  });
  app.all("/api/v2/*", (c) => c.json(reason, 503, headers)); // Alertmanager's
  app.all("*", (c) => c.json({ error: reason, ...details }, 503, headers));
  return app;
}
