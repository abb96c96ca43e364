import { z } from "zod";
import { type Matcher, parseMatcher, parseMatchers } from "../../../relay/domain/matcher.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";

/** At most this many conditions on labels. */
const MAX_MATCHERS = 50;

/** The fields that select incidents, except their state, in a query and in a body. */
export const filterFields = {
  severity: z.enum(SEVERITIES).optional(),
  group: z.string().max(300).optional().meta({
    description: "A group that was notified",
    examples: ["chenmin/3"],
  }),
  holder: z.string().max(100).optional().meta({
    description: "The person who has the incident",
    examples: ["li.lei"],
  }),
  title: z.string().max(1_000).optional().meta({
    description: "The title, or its first 200 characters",
    examples: ["DiskFull"],
  }),
  dialect: z.string().max(100).optional().meta({ examples: ["alertmanager"] }),
  text: z.string().max(300).optional().meta({
    description:
      "Words, each in the title, the note or a label of the first alert; or the beginning of the fingerprint",
    examples: ["db-1"],
  }),
};

/** The states of incidents. */
export const STATES = ["open", "closed", "all"] as const;

/** Conditions on the labels of the first alert, in one text. */
export const matchersText = z.string().max(2_000).meta({
  description: "Conditions on the labels of the first alert, with commas between them",
  examples: ['team="ops",instance=~"db-.*"'],
}).transform((text, context) => reading(() => parseMatchers(text), context));

/** The same conditions as a list. */
export const matchersList = z.array(z.string().max(2_000)).max(MAX_MATCHERS).meta({
  description: "Conditions on the labels of the first alert",
  examples: [["alertname=DiskFull", "instance=~db-.*"]],
}).transform((texts, context) => reading(() => texts.map(parseMatcher), context));

function reading(read: () => Matcher[], context: z.RefinementCtx): Matcher[] {
  try {
    return read();
  } catch (error) {
    context.addIssue((error as Error).message);
    return [];
  }
}
