import { type Context, Hono } from "hono";
import { MINUTE } from "../relay/base/duration.ts";
import type { CallbackAnswer, CallbackRequest } from "../relay/channel.ts";
import type { Relay } from "../relay/relay.ts";
import { readBody } from "./http/body.ts";
import { RequestError } from "./http/errors.ts";
import { answerFailure, failureOf } from "./http/failure.ts";
import { RateLimit } from "./http/rate_limit.ts";
import { readingOfStrangers } from "./http/reading.ts";
import { noteRefusal, setSender } from "./http/refused.ts";

/** Our choice, for all people of a destination together. */
const LIMIT = { limit: 120, per: MINUTE };

/** Our choice: Slack sends the whole message with each press, and no message is larger. */
const BODY_BYTES = 256 * 1_024;

/**
 * `POST /callbacks/:owner/:level/:name`: the vendor of a destination reports the actions of people on its messages. The vendor's
 * signature authenticates it. `GET` is for a vendor that verifies the address, and never acts.
 */
export function callbackRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { commands, query: { clock } } = relay;
  const rates = new Map<string, RateLimit>();
  const app = new Hono();

  async function handle(c: Context): Promise<Response> {
    const { owner, level, name } = c.req.param() as Record<"owner" | "level" | "name", string>;
    const callbacks = await commands.callbacks();
    const target = await callbacks.find(`${owner}/${level}/${name}`);
    if (!target) {
      await c.req.raw.body?.cancel();
      throw new RequestError(
        404,
        "No destination of this name takes callbacks: copy the address from the destination's page",
      );
    }
    const request = await requestOf(c.req.raw);
    const reading = await callbacks.read(target, request);
    if ("refused" in reading) {
      throw new RequestError(401, `The callback is not the vendor's: ${reading.refused}`);
    }
    if (!("actions" in reading)) return responseOf(reading.answer);
    const { id } = target.destination;
    setSender(c, `callback ${id}`, target.group.id);
    if (request.method === "GET") {
      throw new RequestError(405, "A GET never acts: send a POST", { allow: "POST" });
    }
    // Counted after the verification: an unauthenticated caller cannot use up the limit.
    const rate = rates.get(id) ?? new RateLimit(LIMIT);
    rates.set(id, rate);
    const { allowed, reset } = rate.take(clock.now());
    if (!allowed) {
      throw new RequestError(429, "Too many callbacks: try again in a moment", {
        "retry-after": String(reset),
      });
    }
    const answer = await callbacks.act(target, reading, request);
    const { then } = answer;
    if (then) callbacks.followUp(target, then).catch((error) => report(String(error)));
    return responseOf(answer);
  }

  app.get("/callbacks/:owner/:level/:name", handle);
  app.post("/callbacks/:owner/:level/:name", handle);
  app.onError(async (error, c) => {
    const failure = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "callback", status: failure.status, reason: failure.message });
    return answerFailure(c, failure);
  });
  return app;
}

async function requestOf(request: Request): Promise<CallbackRequest> {
  const isPost = request.method === "POST";
  const { text } = isPost
    ? await readBody(request, { within: readingOfStrangers, most: BODY_BYTES })
    : { text: "" };
  return {
    method: isPost ? "POST" : "GET",
    query: new URL(request.url).searchParams,
    headers: request.headers,
    body: text,
    json: parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function responseOf({ status = 200, headers = {}, json, text }: CallbackAnswer): Response {
  return json === undefined
    ? new Response(text ?? "", {
      status,
      headers: { "content-type": "text/plain; charset=utf-8", ...headers },
    })
    : Response.json(json, { status, headers });
}
