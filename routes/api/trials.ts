import { Hono } from "hono";
import { z } from "zod";
import type { Labels } from "../../relay/domain/alert.ts";
import type { Config, ConfigRefusal } from "../../relay/config/mod.ts";
import { enrichedLabels } from "../../relay/domain/enrichment.ts";
import { type Group, primaryDestinations } from "../../relay/domain/group.ts";
import { isWhole } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseMatchers } from "../../relay/domain/matcher.ts";
import { BudgetError, PatternBudget, TRIAL_INSTRUCTIONS, within } from "../../relay/base/pattern.ts";
import { route, tryRules } from "../../relay/domain/rules.ts";
import { RequestError } from "../http/errors.ts";
import { refusalError } from "./config.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

const ruleTrial = z.object({
  labels: z.record(z.string().max(200), z.string().max(4_000)).refine(
    (labels) => Object.keys(labels).length <= 200,
    "must have at most 200 labels",
  ).optional().meta({
    description: "An alert's labels; these, or `alert`",
    examples: [{ alertname: "DiskFull", team: "ops" }],
  }),
  alert: z.string().optional().meta({ description: "The id of an alert of the log" }),
  rules: z.array(z.unknown()).max(2_000).superRefine((rules, context) => {
    const wrong = costOfTrial(rules);
    if (wrong !== undefined) context.addIssue(wrong);
  }).optional().meta({ description: "Rules that are not saved yet" }),
});

/** The reason why rules cannot be tested: compiling them would take too long. Other errors are reported later. */
function costOfTrial(rules: readonly unknown[]): string | undefined {
  const texts = rules.flatMap((rule) => {
    const { match } = (rule ?? {}) as { match?: unknown };
    return Array.isArray(match) ? match : [];
  });
  return within(new PatternBudget(TRIAL_INSTRUCTIONS), () => {
    for (const text of texts) {
      try {
        if (typeof text === "string") parseMatchers(text);
      } catch (error) {
        if (error instanceof BudgetError) return error.message;
      }
    }
  });
}

const destinationTrial = z.object({
  group: z.string().regex(/^[^/]+\/[^/]+$/, 'must be like "owner/level"').default("test/test"),
  destination: z.record(z.string(), z.unknown()).meta({
    description: "As in a group of fenghuo.yaml; a secret's mark stands for the stored secret",
    examples: [{ channel: "inbox" }],
  }),
});

const linkTrial = z.object({
  url: z.string().max(4_000).meta({ examples: ["http://prometheus-k8s-0:9090/graph"] }),
});

/**
 * `POST /api/rules/test`: the rules that match labels or an alert of the log, and the groups that would be notified;
 * also for unsaved rules · `POST /api/groups/:owner/:level/test`: sends a test message to each destination of a group
 * now · `POST /api/destinations/test`: to one, which may be unsaved · `POST /api/links/test`: the rewritten form of a
 * link.
 */
export function trialRoutes({ commands, query: { alerts, configuration, config, renderer } }: Relay): Hono {
  const app = new Hono();

  const rules = endpoint({
    summary: "Which rules match some labels, or an alert of the log, and which groups would be notified",
    body: ruleTrial,
    example: { labels: { alertname: "DiskFull", team: "ops" } },
    answer: ({ ruleTrial }) => ruleTrial,
    refusals: { 404: "There is no such alert, or it is no longer kept" },
  });
  app.post("/api/rules/test", rules, async (c) => {
    const { labels, alert, rules } = c.req.valid("json");
    if ((labels === undefined) === (alert === undefined)) {
      throw new RequestError(422, "labels, alert: one of them is needed: the labels, or an alert's id");
    }
    const tried = rules === undefined ? { config } : configuration.trial("rules", rules);
    return c.json(routesOf(labels ?? await labelsOf(alert!), orThrow(tried)));
  });

  const group = endpoint({
    summary: "Send a test message to each destination of a group now",
    details: "The message bypasses the queue and the log; it still counts in the vendor's budget.",
    answer: ({ trialResult }) => z.object({ results: z.array(trialResult) }),
    refusals: { 404: "There is no such group" },
  });
  app.post("/api/groups/:owner/:level/test", group, async (c) => {
    const { owner, level } = c.req.param();
    const group = config.groups.get(`${owner}/${level}`);
    if (!group) throw new RequestError(404, "There is no such group");
    const results = group.destinations.map((destination) =>
      commands.testDestination({ group, destination, by: whoIs(c) })
    );
    return c.json({ results: await Promise.all(results) });
  });

  const link = endpoint({
    summary: "What a link of an alert becomes",
    details: "By the configured rewriting; null means that messages omit the link.",
    body: linkTrial,
    answer: () => z.object({ url: z.string().nullable() }),
  });
  app.post(
    "/api/links/test",
    link,
    (c) => c.json({ url: renderer.rewrite(c.req.valid("json").url) ?? null }),
  );

  const destination = endpoint({
    summary: "Send a test message to a destination, which need not be saved",
    body: destinationTrial,
    answer: ({ trialResult }) => trialResult,
  });
  app.post("/api/destinations/test", destination, async (c) => {
    const { group: id, destination: { fallback: _, ...destination } } = c.req.valid("json");
    const what = `groups/${id}`;
    const now = configuration.item(what)?.value as Record<string, unknown> | undefined;
    const group = groupIn(orThrow(configuration.trial(what, { ...now, destinations: [destination] })), id);
    return c.json(
      await commands.testDestination({ group, destination: group.destinations[0]!, by: whoIs(c) }),
    );
  });
  return app;

  async function labelsOf(id: string): Promise<Labels> {
    const logged = await alerts.get(id);
    if (!logged) throw new RequestError(404, "There is no alert of this id, or it is no longer kept");
    if (isWhole(logged.alert)) return logged.alert.labels;
    // A duplicate has the labels of its incident's first alert.
    const first = logged.incident === null ? undefined : await alerts.get(logged.incident);
    if (first && isWhole(first.alert)) return first.alert.labels;
    throw new RequestError(404, "The alert was folded, and the first of its incident is no longer kept");
  }
}

function routesOf(said: Labels, config: Config): object {
  const labels = enrichedLabels(said, config.enrich);
  const routed = route(labels, config).map(({ group, by, rule }) => ({
    group: group.id,
    by,
    rule,
    members: group.members.map(({ id }) => id),
    destinations: primaryDestinations(group).map(({ id, channel }) => ({
      id,
      channel,
    })),
  }));
  return { labels, rules: tryRules(labels, config.rules), routed };
}

function orThrow(tried: { config: Config } | ConfigRefusal): Config {
  if ("config" in tried) return tried.config;
  throw refusalError(tried);
}

function groupIn({ groups }: Config, id: string): Group {
  const group = groups.get(id);
  if (group?.destinations.length !== 1) {
    throw new Error(`Cannot test a destination of "${id}": it is not there`);
  }
  return group;
}
