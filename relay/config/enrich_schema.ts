import { z } from "zod";
import { utf8Bytes } from "../base/text.ts";
import { textOrNumber } from "./fields.ts";

/** The limits of columns in a row and of bytes in a value: an alert's record has room for a few thousand bytes of labels. */
const MAX_COLUMNS = 30;
const MAX_VALUE = 1_000;

const name = z.string().trim().min(1).max(100);

const value = z.union([textOrNumber, z.boolean().transform(String), z.number().transform(String)])
  .refine((text) => utf8Bytes(text) <= MAX_VALUE, `must have at most ${MAX_VALUE} bytes`);

/** A row of a table. */
export const enrichRowSchema = z.record(name, value).refine(
  (row) => Object.keys(row).length <= MAX_COLUMNS,
  `must have at most ${MAX_COLUMNS} columns`,
);

/** One of `enrich`. */
export const enrichSchema = z.object({
  match: z.array(name).min(1).max(5).register(z.globalRegistry, {
    title: "Lookup labels",
    description: "A row applies to the alerts that have the same values of these labels",
  }),
  rows: z.array(enrichRowSchema).optional().register(z.globalRegistry, {
    title: "Rows",
    description: "Each row has the labels of match, and the labels and annotations to add",
  }),
  file: z.string().min(1).optional().register(z.globalRegistry, {
    title: "File",
    description: "Instead of rows: a .csv or .yaml beside this file; only in the relay's own file",
  }),
  annotations: z.array(name).optional().register(z.globalRegistry, {
    title: "Annotations",
    description: "The columns that become annotations; a runbook_url or dashboard_url is shown as a link",
  }),
  override: z.boolean().optional().register(z.globalRegistry, {
    title: "Override",
    description: "Whether a row replaces the sender's values; default false",
  }),
}).register(z.globalRegistry, {
  title: "Enrichment",
  description: "Labels and annotations that the relay adds to alerts",
});
