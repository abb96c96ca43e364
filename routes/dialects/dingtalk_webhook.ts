import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { parseReadable, WEBHOOK } from "./alertmanager.ts";
import { requireIntakeToken } from "../http/auth.ts";
import { parseJson } from "../http/body.ts";
import { parsing, rememberText } from "../http/body_beginning.ts";
import { described } from "../http/described.ts";
import { failureOf } from "../http/failure.ts";
import { groupNamed } from "../../relay/config/named_group.ts";
import { readPayload, withLeftOut } from "../http/payload.ts";
import { noteAccepted, noteRefusal } from "../http/refused.ts";

/**
 * `POST /dingtalk/:target/send`: the address of prometheus-webhook-dingtalk, which accepts Alertmanager's webhook and
 * answers in plain text. The target is an alias of a group, or the owner of one; an unknown one falls back to the default
 * group, because Alertmanager would never retry a 404. For the same reason every other POST below `/dingtalk` is accepted: a
 * target without `/send`, a group's `owner/level`, or no target at all.
 */
export function dingTalkWebhookRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function acceptWebhook(c: Context): Promise<Response> {
    const now = clock.now();
    await requireIntakeToken(c.req.raw, { relay, door: "dingtalk" });
    const { text, bytes, leftOut } = await readPayload(c.req.raw);
    const { alerts, wrong } = await parsing(
      c.req.raw,
      text,
      () => parseReadable(withLeftOut(parseJson(text), leftOut), config),
    );
    if (wrong.length > 0) rememberText(c.req.raw, text);
    const target = c.req.param("target") ?? c.req.param("rest")?.replace(/(^|\/)send$/, "") ?? "";
    const group = groupNamed(target, config);
    await accept(alerts, { now, bytes, ...group === undefined ? {} : { group } });
    await noteAccepted(c, relay, { door: "dingtalk", leftOut, wrong });
    const lost = [
      ...leftOut === 0 ? [] : [`; ${leftOut} alerts are left out: the payload is over the limit`],
      ...wrong.length === 0 ? [] : [`; ${wrong.length} refused: ${wrong[0]!.reason}`],
    ];
    return c.text(`OK${lost.join("")}`);
  }

  const description = {
    ...WEBHOOK,
    summary: "The address of prometheus-webhook-dingtalk",
    door: {
      name: "prometheus-webhook-dingtalk",
      paste: "url: http://fenghuo:8000/dingtalk/default/send?token=YOUR-INTAKE-TOKEN",
    },
    params: { target: "One of a group's aliases, or the owner of a group" },
    type: "text/plain",
    answer: () => z.string().startsWith("OK").meta({ examples: ["OK"] }),
  };
  app.post("/dingtalk/:target/send", described(description, acceptWebhook));
  app.post("/dingtalk", acceptWebhook);
  app.post("/dingtalk/:rest{.+}", acceptWebhook);
  app.onError(async (error, c) => {
    const { status, message, headers } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "dingtalk", status, reason: message });
    return c.text(message, status, { ...headers });
  });
  return app;
}
