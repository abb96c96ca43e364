/**
 * The folds of a group's form and of a destination's, with their values in a line.
 *
 * @module
 */
import { cut } from "../../../relay/base/text.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import type { FormField } from "../forms/field.ts";
import { wordsOf } from "../forms/fold.ts";
import type { Fold, ShownField } from "../forms/shown_field.ts";

/** The settings of a group that most groups leave unchanged. */
export function groupFolds(t: Translate): readonly Fold[] {
  const said = (fields: readonly ShownField[], key: string): string => {
    const field = fields.find(({ name }) => name === `value.${key}`);
    return field ? wordsOf(field) : "";
  };
  const rows = (fields: readonly ShownField[]): number =>
    (fields[0]?.items ?? []).filter((row) => row.some((field) => wordsOf(field) !== "")).length;
  return [
    {
      title: "groups.fold.dedup",
      keys: ["window", "repeat", "flap"],
      summary: (fields) =>
        t("groups.fold.dedupIs", {
          window: said(fields, "window") || "5m",
          repeat: said(fields, "repeat") || "4h",
        }),
    },
    {
      title: "groups.fold.grouping",
      keys: ["group_by", "group_wait", "group_interval", "repeat_interval"],
      summary: (fields) => {
        const labels = said(fields, "group_by");
        return labels === "" ? t("groups.fold.noGrouping") : t("groups.fold.groupingIs", {
          labels,
          wait: said(fields, "group_wait") || "30s",
          interval: said(fields, "group_interval") || "5m",
          repeat: said(fields, "repeat_interval") || "4h",
        });
      },
    },
    {
      title: "groups.fold.remind",
      keys: ["remind", "remind_stop"],
      summary: (fields) => {
        const after = said(fields, "remind");
        return after === "" ? t("groups.fold.noRemind") : t("groups.fold.remindIs", { after });
      },
    },
    {
      title: "groups.fold.quiet",
      keys: ["quiet"],
      summary: (fields) => {
        const periods = (fields[0]?.items ?? []).map((row) => row.map(wordsOf).filter(Boolean).join(" "))
          .filter(Boolean);
        return periods.join("; ") || t("groups.fold.noQuiet");
      },
    },
    {
      title: "groups.fold.oncall",
      keys: ["oncall"],
      summary: ([field]) => {
        const inside = (key: string): ShownField[] =>
          (field?.fields ?? []).filter(({ name }) => name === `value.oncall.${key}`);
        const layers = rows(inside("layers"));
        const said = [
          ...inside("rotation").map(({ text = "" }) => text.split("\n").filter(Boolean).join(" → ")),
          layers > 0 ? t("groups.fold.oncallIs", { count: layers }) : "",
        ].filter(Boolean).join(" · ");
        return said === "" ? t("groups.fold.noOncall") : cut(said, { chars: 80 });
      },
    },
    {
      title: "groups.fold.escalate",
      keys: ["escalate"],
      summary: (fields) => {
        const count = rows(fields);
        return count > 0 ? t("groups.fold.escalateIs", { count }) : t("groups.fold.noEscalate");
      },
    },
    { title: "groups.fold.zone", keys: ["locale", "timezone"] },
    {
      title: "groups.fold.doors",
      help: "groups.fold.doorsHelp",
      keys: ["aliases", "robot_token", "robot_secret", "robot_key_pattern", "robot_resolved_pattern"],
    },
  ];
}

/**
 * The settings of a destination that most destinations leave unchanged. `config`: the field of its channel's config.
 */
export function destinationFolds(
  config: FormField,
  { network }: { network: readonly string[] },
): readonly Fold[] {
  const fields = config.kind === "group" ? config.fields : [];
  const optional = fields.filter(isOptional).map(({ key }) => key);
  return [
    ...optional.length < fields.length
      ? [{ title: "destinations.more", keys: optional, in: "config" } as const]
      : [],
    { title: "destinations.delivery", keys: ["fallback", "fallback_after", "timeout", "limits"] },
    { title: "destinations.network", keys: network },
  ];
}

/** A field with a default works without a change. */
function isOptional({ required, standard, kind }: FormField): boolean {
  if (required || kind === "secret") return false;
  return standard !== undefined || kind === "switch" || kind === "pairs" || kind === "rows" ||
    kind === "group";
}
