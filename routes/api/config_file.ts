import { type Context, Hono } from "hono";
import { z } from "zod";
import {
  type Application,
  applyPlan,
  exportYaml,
  interpolate,
  planOf,
  readYaml,
} from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { refusalError } from "./config.ts";
import { parseInput, readInput } from "./input.ts";
import { whoIs } from "./who.ts";

const application = z.object({
  yaml: z.string().optional(),
  document: z.record(z.string(), z.unknown()).optional(),
  prune: z.boolean().default(false),
});

const wanted = z.object({ of: z.enum(["all", "stored"]).default("all"), secrets: z.literal("1").optional() });

/**
 * The configuration as a file. `POST /api/config/plan`: what applying it would change · `POST /api/config/apply`: apply it,
 * when that is still the plan of this hash · `GET /api/config/export`: the file that says the same.
 */
export function configFileRoutes({ configuration, channels, store }: Relay): Hono {
  const app = new Hono();

  app.post("/api/config/plan", async (c) => {
    const planned = planOf(configuration, await readApplication(await readInput(c, application)));
    if ("refused" in planned) throw refusalError(planned);
    return c.json(planned.plan);
  });
  app.post("/api/config/apply", async (c) => {
    const { hash, ...input } = await readInput(c, application.extend({ hash: z.string() }));
    const applied = await applyPlan(configuration, { ...await readApplication(input), hash, by: whoIs(c) });
    if ("refused" in applied) throw refusalError(applied);
    return c.json({ ...applied, revision: configuration.revision });
  });
  app.get("/api/config/export", async (c: Context) => {
    const { of, secrets } = parseInput(wanted, c.req.query());
    const tree = of === "all" ? configuration.tree : configuration.stored;
    const { yaml } = await exportYaml(tree, { channels, secrets: secrets !== undefined });
    // Noted before it leaves the house.
    if (secrets) await store.audit.note({ by: whoIs(c), action: "exported with secrets", what: "config" });
    return c.body(yaml, 200, { "content-type": "application/yaml; charset=utf-8" });
  });
  return app;
}

/** The document that was sent, as values or as text. The relay's own environment is not put into it. */
async function readApplication(
  { yaml, document, prune }: z.output<typeof application>,
): Promise<Application> {
  if (yaml === undefined) return { document: document ?? {}, prune };
  const read = await readYaml(yaml, "yaml");
  const { tree, complaints } = "tree" in read
    ? interpolate(read.tree, {})
    : { tree: {}, complaints: [read.complaint] };
  if (complaints.length === 0) return { document: tree, prune };
  throw new RequestError(422, "The file is wrong", {}, {
    complaints: complaints.map(({ path, message }) => ({ what: "", path, message })),
  });
}
