import { MINUTE } from "../../../relay/base/duration.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Counts } from "../../../relay/domain/replay.ts";
import type { Noise } from "../../../relay/query/shapes/statistics.ts";
import type { Translate } from "../../../relay/message/locale.ts";

/** A change that could make an alert, a group or a rule less noisy, with the figures for it. */
export interface Suggestion {
  readonly kind: "flap" | "window" | "silence" | "rule";
  readonly text: string;
}

/** The lowest values that are worth a suggestion; per day. */
const LEAST = { episodes: 6, repeats: 8, told: 5, ofGroup: 100, ofRule: 100 };

/** An episode that ends sooner is hardly worth a message of its own. */
const SHORT = 10 * MINUTE;

/** A window that folds less than this share has little effect. */
const FOLDS_LITTLE = 0.5;

/**
 * A change that could make an alert less noisy: a flap rule for one that comes and goes, a longer window for one with
 * repeated notifications while it lasts, a silence for an unimportant one.
 */
export function alertSuggestion(
  { told, episodes, lasted, severity }: Pick<Noise, "told" | "episodes" | "lasted" | "severity">,
  { days, t, locale }: { days: number; t: Translate; locale: Locale },
): Suggestion | undefined {
  const perDay = (count: number): number => Math.round(count / days);
  const mean = episodes === 0 ? Infinity : lasted / episodes;
  if (episodes / days >= LEAST.episodes && mean <= SHORT) {
    const params = { times: perDay(episodes), lasted: formatDuration(Math.max(1_000, mean), locale) };
    return { kind: "flap", text: t("noise.suggest.flap", params) };
  }
  const repeats = told - 2 * episodes; // without the beginnings and the ends
  if (repeats / days >= LEAST.repeats) {
    return { kind: "window", text: t("noise.suggest.window", { times: perDay(told) }) };
  }
  const isMinor = severity === "warning" || severity === "info";
  if (isMinor && told / days >= LEAST.told) {
    return { kind: "silence", text: t("noise.suggest.silence", { times: perDay(told) }) };
  }
  return undefined;
}

/** A change that could make a group or a rule less noisy. */
export function sourceSuggestion(
  kind: "group" | "rule",
  { told, folded }: Pick<Counts, "told" | "folded">,
  { days, t }: { days: number; t: Translate },
): Suggestion | undefined {
  const times = Math.round(told / days);
  if (kind === "rule") {
    return told / days < LEAST.ofRule ? undefined : { kind, text: t("noise.suggest.rule", { times }) };
  }
  if (told / days < LEAST.ofGroup || folded / (told + folded) > FOLDS_LITTLE) return undefined;
  const share = Math.round(100 * folded / (told + folded));
  return { kind: "window", text: t("noise.suggest.groupWindow", { times, share }) };
}
