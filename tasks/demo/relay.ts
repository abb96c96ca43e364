/**
 * The demo's relay: the real one, in this process, so that its clock can run faster. Its database is in memory.
 *
 * @module
 */
import { BUILT_IN } from "../../channels.ts";
import { findChannels } from "../../relay/channel/discovery.ts";
import { complaintText, parseConfig } from "../../relay/config/mod.ts";
import { loadTemplates } from "../../relay/message/templates.ts";
import { wireRelay } from "../../relay/relay.ts";
import { createApp } from "../../routes/app.ts";
import { listen } from "../../routes/http/listen.ts";
import { serve } from "../../routes/serve.ts";
import type { FastForward } from "./clock.ts";

/** The demo's credentials. Only this machine can reach the relay, and its data is invented. */
export const ACCESS = {
  key: "demo-key-0",
  adminPassword: "demo-password",
  intakeToken: "demo-token",
} as const;

/** A running relay. */
export interface DemoRelay extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  /** Opens the console, signed in. */
  readonly link: string;
  readonly timezone: string;
  /** The work of the relay each minute. */
  tidy(): Promise<void>;
  /** Resolves when all due work is done. */
  settled(): Promise<void>;
}

/** Start it on loopback. @throws Error when the port is taken */
export async function startDemoRelay(
  { clock, port, yaml, report }: {
    clock: FastForward;
    port: number;
    yaml: string;
    report: (words: string) => void;
  },
): Promise<DemoRelay> {
  let handle: Parameters<typeof serve>[0] = () => new Response("The relay starts", { status: 503 });
  let place = port;
  const server = listen(
    { hostname: "127.0.0.1", port },
    (at) =>
      serve((request, connection) => handle(request, connection), {
        ...at,
        onListen: (address) => place = address.port,
      }),
  );
  const url = `http://127.0.0.1:${place}`;
  try {
    const channels = findChannels(BUILT_IN);
    await channels.load();
    const parsed = await parseConfig({ env: environment(url), channels, yaml, secrets: ACCESS });
    if (!parsed.ok) throw new Error(parsed.complaints.map(complaintText).join("\n"));
    const { config } = parsed;
    const kv = await Deno.openKv(":memory:");
    const { relay, parts: { courier } } = await wireRelay({
      config,
      kv,
      clock,
      channels,
      exclusive: true,
      templates: await loadTemplates({ builtIn: new URL("../../templates/", import.meta.url) }),
      report,
    });
    const app = createApp(relay, { report });
    const path = `/demo/${crypto.randomUUID()}`;
    handle = async (request, connection) =>
      new URL(request.url).pathname === path
        ? await app.fetch(signIn(url, request), connection)
        : await app.fetch(request, connection);
    return {
      url,
      link: url + path,
      timezone: config.timezone,
      tidy: () => relay.tidy(),
      settled: () => courier.idle(),
      async [Symbol.asyncDispose](): Promise<void> {
        await Promise.all([server.stop({ grace: GRACE }), relay.stop({ grace: GRACE })]);
        kv.close();
      },
    };
  } catch (error) {
    await server.stop({ grace: 0 });
    throw error;
  }
}

/** The time limit of a stop, in milliseconds. */
const GRACE = 1_000;

/** The request of the sign-in page's form; the browser that asked gets the answer, with its cookie. */
function signIn(url: string, { headers }: Request): Request {
  const own = new Headers(headers);
  own.set("origin", url);
  own.delete("referer");
  const body = new URLSearchParams({ name: "admin", password: ACCESS.adminPassword, to: "/" });
  return new Request(`${url}/sign-in`, { method: "POST", headers: own, body });
}

/** Language and time zone are this machine's, unless the variables of a relay say otherwise. */
function environment(url: string): Record<string, string> {
  const isChinese = /^zh/.test(Deno.env.get("LC_ALL") || Deno.env.get("LANG") || "");
  return {
    FENGHUO_PUBLIC_URL: url,
    FENGHUO_LOCALE: Deno.env.get("FENGHUO_LOCALE") || (isChinese ? "zh" : "en"),
    FENGHUO_TZ: Deno.env.get("FENGHUO_TZ") || Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
