import { Hono } from "hono";
import { z } from "zod";
import { findExact } from "../../relay/query/exact.ts";
import { searchAll } from "../../relay/query/search_all.ts";
import type { Hit } from "../../relay/query/shapes/search.ts";
import type { Relay } from "../../relay/relay.ts";
import { localeOf } from "../console/language.ts";
import { pageOfHit } from "../http/page_of_hit.ts";
import { endpoint } from "./endpoint.ts";

/** The time limit of each kind: a search during typing must not delay the relay. */
const BUDGET = 40;

const query = z.looseObject({
  q: z.string().trim().min(1).max(200).meta({
    description: "Words that all occur, whatever the case; or an id or a fingerprint",
    examples: ["db-1"],
  }),
  limit: z.coerce.number().int().min(1).max(50).default(5).meta({
    description: "At most this many of a kind",
  }),
  lang: z.string().optional().meta({ description: "The language of the channels' titles", examples: ["en"] }),
});

/** `GET /api/search?q=`: a search over everything, with the console's page of each result. */
export function searchRoutes({ query: relayQuery }: Relay): Hono {
  const app = new Hono();
  const search = endpoint({
    summary: "Search everything: incidents, alerts, groups, members, rules, silences, channels, destinations",
    details:
      "`exact` is the record that the text is the id or the fingerprint of. Each kind has a time limit: with `lookedBackTo` " +
      "it ended there. `page` is the console's address of a result.",
    query,
    answer: ({ hit, hitsOfKind }) => {
      const shown = hit.extend({ page: z.string().meta({ examples: ["/groups/chenmin/3"] }) });
      return z.object({
        exact: shown.exactOptional(),
        kinds: z.array(hitsOfKind.extend({ hits: z.array(shown) })),
      });
    },
  });
  app.get("/api/search", search, async (c) => {
    const { q, limit, lang } = c.req.valid("query");
    const locale = localeOf(lang ?? c.req.header("accept-language"), relayQuery.config.locale);
    const exact = await findExact(q, relayQuery);
    const kinds = await searchAll(q, relayQuery, { limit, budget: BUDGET, locale });
    return c.json({
      ...exact && { exact: withPage(exact) },
      kinds: kinds.map((kind) => ({ ...kind, hits: kind.hits.map(withPage) })),
    });
  });
  return app;
}

function withPage(hit: Hit): Hit & { page: string } {
  return { ...hit, page: pageOfHit(hit) };
}
