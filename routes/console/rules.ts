import { Hono } from "hono";
import type { Group } from "../../relay/domain/group.ts";
import type { Labels } from "../../relay/domain/alert.ts";
import { allows } from "../../relay/domain/role.ts";
import type { Config, ConfigRefusal } from "../../relay/config/mod.ts";
import { sumOf } from "../../relay/domain/tally.ts";
import { refusalError } from "../api/config.ts";
import { PageError } from "../http/errors.ts";
import { pickable, titleOf } from "./pick.ts";
import { countedHours, countsOf } from "./rules/counts.ts";
import { afterButton, draftIn, draftOf, type DraftRule, errorsOf, itemOf } from "./rules/draft.ts";
import { readPasted } from "./rules/pasted.ts";
import { reachOf, RECENT } from "./rules/reach.ts";
import { tryOn } from "./rules/trial.ts";
import { authorOf, type Shell, type View } from "./shell.ts";
import { HOUR } from "../../relay/base/duration.ts";

/** The input of a trial: pasted text, or an alert of the log. */
interface Wanted {
  readonly text: string;
  readonly alert: string;
}

/** A form of rules that is shown again. */
interface RulesForm extends Wanted {
  readonly draft: readonly DraftRule[];
  readonly version: string;
  /** The rule that a button moved. */
  readonly at?: number | undefined;
  readonly refusal?: ConfigRefusal;
}

/** `/rules`: the rules, which are changed as a whole, and tested while a person types. */
export function rulePages(shell: Shell): Hono {
  const { relay } = shell;
  const { query, commands } = relay;
  const { configuration, config, channels } = query;
  const app = new Hono();

  app.get("/rules", async (c) => await list(await shell.open(c), wantedIn(new URL(c.req.url).searchParams)));
  app.post("/rules", async (c) => {
    const view = await shell.submit(c, "viewer");
    return await list(view, wantedIn(view.form));
  });

  app.get("/rules/edit", async (c) => {
    const view = await shell.open(c, "admin");
    const item = configuration.item("rules");
    if (item?.managedBy === "file") return view.done("/rules");
    const shown = wantedIn(new URL(c.req.url).searchParams);
    return await editor(view, { ...shown, draft: draftOf(item?.value), version: item?.version ?? "" });
  });
  app.post("/rules/edit", async (c) => {
    const view = await shell.submit(c, "admin");
    const { form } = view;
    const shown = { ...wantedIn(form), draft: draftIn(form), version: form.get("version") ?? "" };
    const button = form.get("do") ?? "";
    if (button !== "save") {
      const { rules: draft, at } = afterButton(shown.draft, button, form.getAll("place"));
      return await editor(view, { ...shown, draft, at });
    }
    const value = itemOf(shown.draft);
    if (value.length === 0 && configuration.item("rules") === undefined) return view.done("/rules");
    const changed = await commands.configuration.change({
      what: "rules",
      value: value.length === 0 ? undefined : value,
      version: shown.version || undefined,
      by: authorOf(view).by,
    });
    if (!("refused" in changed)) return view.done("/rules", "rules.saved");
    return await editor(view, { ...shown, refusal: changed });
  });
  return app;

  async function list(view: View, wanted: Wanted): Promise<Response> {
    const item = configuration.item("rules");
    const hours = countedHours(view.now, item?.at);
    const accepted = [...(await query.figures.accepted(hours)).values()].reduce(sumOf, {});
    const written = draftOf(item?.value);
    const { errors, rest } = errorsOf(item?.problems ?? [], [...written.keys()]);
    const counts = countsOf(accepted, config.rules);
    // An unusable stored value is not listed as rules.
    const numbers = [...written.keys()].filter((index) => !errors.has(index));
    const places = new Map(numbers.map((index, place) => [index, place]));
    const rules = written.map((rule, index) =>
      errors.has(index)
        ? { ...rule, problem: Object.values(errors.get(index)!).join("; ") }
        : { ...rule, count: counts[places.get(index)!] }
    );
    return await view.html("console/rules", {
      title: view.t("rules.title"),
      rules,
      rest,
      item,
      shadowed: configuration.shadowed.includes("rules"),
      mayEdit: item?.managedBy !== "file" && view.who !== undefined && allows(view.who.role, "admin"),
      countedFrom: hours.from * HOUR,
      trial: { ...await trialOf(view, wanted, config), numbers },
    });
  }

  async function editor(
    view: View,
    { draft, version, at, refusal, ...wanted }: RulesForm,
  ): Promise<Response> {
    const value = itemOf(draft);
    // An unfinished rule is an error only when it is saved.
    const numbers = [...value.keys()].filter((index) =>
      value[index]!.match.length > 0 && value[index]!.group
    );
    const isInvalid = refusal?.refused === "invalid";
    const tried = configuration.trial("rules", numbers.map((index) => value[index]));
    const problems = isInvalid
      ? refusal.problems
      : "refused" in tried && tried.refused === "invalid"
      ? tried.problems
      : [];
    const item = configuration.item("rules");
    const saved = draftOf(item?.value);
    const { errors, rest } = errorsOf(problems, isInvalid ? [...value.keys()] : numbers);
    const isStale = refusal?.refused === "stale" || refusal?.refused === "unversioned";
    return await view.html("console/rules_edit", {
      title: view.t("rules.edit"),
      status: refusal === undefined ? 200 : isInvalid ? 422 : 409,
      draft,
      focus: at,
      reach: "config" in tried && value.length > 0
        ? { ...reachOf(await query.alerts.recent(RECENT), tried.config), numbers }
        : undefined,
      // After seeing the other person's change, the user may save this form.
      version: isStale ? item?.version ?? "" : version,
      groups: [...new Set([...config.groups.keys(), ...draft.map(({ group }) => group).filter(Boolean)])],
      errors,
      rest,
      isRefused: isInvalid,
      stale: isStale ? { item, saved } : undefined,
      refused: refusal && !isInvalid && !isStale ? refusalError(refusal).message : "",
      isChanged: JSON.stringify(itemOf(saved)) !== JSON.stringify(value),
      trial: {
        ...await trialOf(view, wanted, "config" in tried ? tried.config : undefined),
        numbers,
      },
    });
  }

  /** The card that tests rules. `config`: missing while the draft is invalid. */
  async function trialOf(view: View, { text, alert }: Wanted, tried: Config | undefined): Promise<object> {
    const found = alert === "" ? undefined : await query.alerts.whole(alert);
    if (alert !== "" && !found) throw new PageError(404, "pick.gone");
    const pasted = found ? { alerts: [found.alert.labels] } as const : readPasted(text);
    const calendars = await query.onCall();
    const calendarOf = (group: Group): Group => calendars.calendarOf(group);
    const { now } = view;
    const results = "alerts" in pasted && tried !== undefined
      ? pasted.alerts.map((labels: Labels) => tryOn(labels, { config: tried, channels, calendarOf, now }))
      : [];
    return {
      text: found ? "" : text,
      alert: found &&
        { id: alert, title: titleOf(found, config.labelRules.where), labels: found.alert.labels },
      /** The input was not tried. */
      named: found?.logged.routing.find(({ by }) => by === "named" || by === "unknown_group"),
      picks: await pickable(query, alert),
      wrong: "wrong" in pasted ? pasted : undefined,
      usable: tried !== undefined,
      results,
    };
  }
}

/** Pasted text takes precedence, unless the button of an alert was used. */
function wantedIn(fields: URLSearchParams): Wanted {
  const labels = fields.get("labels") ?? "";
  const isAlert = fields.get("try") === "alert" || labels.trim() === "";
  return isAlert ? { text: "", alert: fields.get("alert") ?? "" } : { text: labels, alert: "" };
}
