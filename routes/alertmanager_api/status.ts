import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { VERSION } from "../../relay/base/version.ts";
import { described } from "../http/described.ts";
import { configText } from "./config_text.ts";
import { moment } from "./shapes.ts";

/** The version of Alertmanager with this API: clients choose their requests by it. */
const API_VERSION = "0.28.1";

const text = z.string();

const status = z.object({
  cluster: z.object({ status: z.literal("disabled"), peers: z.array(z.unknown()) }),
  config: z.object({ original: text }),
  uptime: moment,
  versionInfo: z.object({
    version: text.meta({ description: "Of the Alertmanager whose API this is" }),
    revision: text.meta({ description: "The version of Fenghuo" }),
    branch: text,
    buildUser: text,
    buildDate: text,
    goVersion: text,
  }),
});

/** `GET /api/v2/status`. */
export function statusRoutes({ query: { clock, config } }: Relay): Hono {
  const app = new Hono();
  const startedAt = clock.now();
  const description = {
    summary: "The relay's version and its routing, as Alertmanager's status",
    answer: () => status,
  };
  app.get(
    "/api/v2/status",
    described(description, (c) =>
      c.json({
        cluster: { status: "disabled", peers: [] },
        config: { original: configText(config) },
        uptime: new Date(startedAt).toISOString(),
        versionInfo: {
          version: API_VERSION,
          revision: VERSION,
          branch: "fenghuo",
          buildUser: "",
          buildDate: "",
          goVersion: "",
        },
      })),
  );
  return app;
}
