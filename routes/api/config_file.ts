import { Hono } from "hono";
import { z } from "zod";
import { type Application, applyPlan, exportYaml, planOf, readDocument } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { refusalError } from "./config.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

const application = z.object({
  yaml: z.string().optional().meta({
    description: "The text of a fenghuo.yaml",
    examples: ["members: [{ id: li.lei }]"],
  }),
  document: z.record(z.string(), z.unknown()).optional().meta({ description: "The document as JSON" }),
  prune: z.boolean().default(false).meta({ description: "Empty the sections that it does not have" }),
});

const wanted = z.object({
  of: z.enum(["all", "stored"]).default("all").meta({
    description: "The whole configuration, or only the stored part",
  }),
  secrets: z.literal("1").optional().meta({ description: "1: with the secrets; the audit records it" }),
});

/**
 * The configuration as a file. `POST /api/config/plan`: the changes of an application · `POST /api/config/apply`:
 * applies it, if the plan still has this hash · `GET /api/config/export`: the configuration as a file.
 */
export function configFileRoutes({ commands, query: { configuration, channels } }: Relay): Hono {
  const app = new Hono();

  const plan = endpoint({
    summary: "What applying a file would change",
    body: application,
    answer: ({ plan }) => plan,
    refusals: { 409: "The stored configuration was sealed with another key" },
  });
  app.post("/api/config/plan", plan, async (c) => {
    const planned = planOf(configuration, await readApplication(c.req.valid("json")));
    if ("refused" in planned) throw refusalError(planned);
    return c.json(planned.plan);
  });

  const apply = endpoint({
    summary: "Apply a file, all at once",
    details: "Only while the plan still has this `hash`.",
    body: application.extend({ hash: z.string().meta({ description: "The plan's" }) }),
    answer: () => z.object({ changes: z.int(), revision: z.int() }),
    refusals: { 409: "The plan has changed: `plan` is the new one" },
  });
  app.post("/api/config/apply", apply, async (c) => {
    const { hash, ...input } = c.req.valid("json");
    const applied = await applyPlan(commands.configuration, {
      ...await readApplication(input),
      hash,
      by: whoIs(c),
    });
    if ("refused" in applied) throw refusalError(applied);
    return c.json({ ...applied, revision: configuration.revision });
  });

  const exported = endpoint({
    summary: "The configuration as a fenghuo.yaml",
    query: wanted,
    type: "application/yaml",
    answer: () => z.string(),
  });
  app.get("/api/config/export", exported, async (c) => {
    const { of, secrets } = c.req.valid("query");
    const tree = of === "all" ? configuration.tree : configuration.stored;
    const { yaml } = await exportYaml(tree, { channels, secrets: secrets !== undefined });
    // Audited before the secrets are sent.
    if (secrets) await commands.noteExport({ by: whoIs(c) });
    return c.body(yaml, 200, { "content-type": "application/yaml; charset=utf-8" });
  });
  return app;

  /** The document in the request, as values or as text. @throws RequestError 422 with all its problems */
  async function readApplication(
    { yaml, document, prune }: z.output<typeof application>,
  ): Promise<Application> {
    if (yaml === undefined) return { document: document ?? {}, prune };
    const read = await readDocument(yaml, { configuration, channels });
    const asked = { document: read.document, prune };
    if (read.problems.length === 0) return asked;
    const planned = read.isUnreadable ? undefined : planOf(configuration, asked);
    const more = planned && "refused" in planned && planned.refused === "invalid" ? planned.problems : [];
    throw new RequestError(422, "The file is wrong", {}, { complaints: [...read.problems, ...more] });
  }
}
