import { Hono } from "hono";
import { DEFAULT_GROUP } from "../../../relay/domain/group.ts";
import { inWordsOf } from "../../../relay/message/dictionary.ts";
import { refusalError } from "../../api/config.ts";
import { Editor } from "../forms/edit.ts";
import { destinationsIn, groupItem, groupPath, nameOf } from "../groups/subject.ts";
import { titleOf } from "../pick.ts";
import { RECENT } from "../rules/reach.ts";
import type { Shell, View } from "../shell.ts";
import { draftOf, forgetDraft, keepDraft, type SetupDraft } from "./draft.ts";
import { choicesOf, matching } from "./rule_choice.ts";
import { listedSteps } from "./steps.ts";
import { formDraftOf, placeOf, setupSubject } from "./subject.ts";

/** The most recent alerts that are offered for a rule. */
const OFFERED = 40;

/** `/setup/alerts`: the alerts of the group; the last step saves everything. */
export function alertsStep(shell: Shell): Hono {
  const { relay } = shell;
  const { query, commands } = relay;
  const { config, configuration } = query;
  const app = new Hono();

  app.get("/setup/alerts", async (c) => {
    const view = await shell.open(c, "admin");
    const draft = await draftOf(shell, view);
    if (draft?.owner === undefined || draft.tested === undefined) return view.done("/setup");
    return await page(view, { draft, fields: new URL(c.req.url).searchParams });
  });
  app.post("/setup/alerts", async (c) => {
    const view = await shell.submit(c, "admin");
    const draft = await draftOf(shell, view);
    if (draft?.owner === undefined || draft.tested === undefined) return view.done("/setup");
    if (view.form.get("act") !== "finish") return await page(view, { draft, fields: view.form });
    const { rule, wrong } = await ruleIn(view.form, view, draft);
    if (wrong) return await page(view, { draft, fields: view.form, wrong });
    const refused = draft.isSaved ? undefined : await saveGroup(view, draft);
    if (refused) return await page(view, { draft, fields: view.form, wrong: refused });
    if (rule) {
      const saved = { ...draft, isSaved: true };
      const unsaved = await saveRule(view, rule);
      if (unsaved) {
        await keepDraft(shell, view, saved);
        return await page(view, { draft: saved, fields: view.form, wrong: unsaved });
      }
    }
    forgetDraft(view);
    const { owner, level } = placeOf(draft);
    return view.done(`/setup/done?group=${encodeURIComponent(`${owner}/${level}`)}`);
  });
  return app;

  /** The rule of the form, if the user wants one. */
  async function ruleIn(
    form: URLSearchParams,
    { t }: View,
    draft: SetupDraft,
  ): Promise<{ rule?: { match: string[]; group: string }; wrong?: string }> {
    if (form.get("kind") !== "like") return {};
    const found = await query.alerts.whole(form.get("alert") ?? "");
    if (!found) return { wrong: t("setup.noAlertChosen") };
    const chosen = choicesOf(found.alert.labels, { chosen: form.getAll("labels[]"), recent: [] })
      .filter(({ on }) => on);
    if (chosen.length === 0) return { wrong: t("setup.noLabelChosen") };
    const { owner, level } = placeOf(draft);
    return { rule: { match: chosen.map(({ matcher }) => matcher), group: `${owner}/${level}` } };
  }

  /** Save the group with the destination. @returns the reason why it was not saved */
  async function saveGroup(view: View, draft: SetupDraft): Promise<string | undefined> {
    const { owner, level } = placeOf(draft);
    const what = groupItem(owner, level);
    const names = (config.groups.get(`${owner}/${level}`)?.destinations ?? []).map(({ name }) => name);
    const stored = destinationsIn(configuration.item(what)?.value).map(nameOf);
    const name = freeName(draft.channel, new Set([...names, ...stored]));
    const editor = new Editor(relay, setupSubject(relay, draft));
    const form = formDraftOf(draft);
    const unsaved = await editor.save({
      ...form,
      value: { ...form.value as object, ...name === draft.channel ? {} : { name } },
      version: configuration.item(what)?.version ?? "",
    }, view);
    const complaint = unsaved?.complaints[0];
    if (complaint) return inWordsOf(view.locale, complaint.message);
    return unsaved && view.t("setup.notSaved");
  }

  /** Appends the rule to the others. @returns the reason why it was not saved */
  async function saveRule(view: View, rule: { match: string[]; group: string }): Promise<string | undefined> {
    const item = configuration.item("rules");
    const before = Array.isArray(item?.value) ? item.value : [];
    const changed = await commands.configuration.change({
      what: "rules",
      value: [...before, rule],
      version: item?.version,
      by: view.who!.name,
    });
    if (!("refused" in changed)) return undefined;
    return `${view.t("setup.ruleNotSaved")} ${refusalError(changed).message}`;
  }

  async function page(
    view: View,
    { draft, fields, wrong }: { draft: SetupDraft; fields: URLSearchParams; wrong?: string },
  ): Promise<Response> {
    const { owner, level } = placeOf(draft);
    const group = `${owner}/${level}`;
    const recent = await query.alerts.recent(RECENT);
    const asked = fields.get("alert") ?? "";
    const found = recent.find(({ logged }) => logged.id === asked) ??
      (asked === "" ? undefined : await query.alerts.whole(asked)) ?? recent[0];
    const isAsked = found?.logged.id === asked && fields.has("of") && fields.get("of") === asked;
    const labels = found
      ? choicesOf(found.alert.labels, { chosen: isAsked ? fields.getAll("labels[]") : undefined, recent })
      : [];
    const matchers = labels.filter(({ on }) => on).map(({ matcher }) => matcher);
    const rulesOfFile = configuration.item("rules")?.managedBy === "file";
    return await view.html("console/setup/alerts", {
      title: view.t("setup.title"),
      steps: listedSteps(draft, "alerts"),
      group,
      path: groupPath(owner, level),
      isDefault: group === DEFAULT_GROUP,
      isSaved: draft.isSaved,
      kind: fields.get("kind") ?? (found && !rulesOfFile ? "like" : "none"),
      rulesOfFile,
      picks: recent.slice(0, OFFERED).map((one) => ({
        id: one.logged.id,
        title: titleOf(one, config.labelRules.where),
        at: one.logged.at,
      })),
      alert: found?.logged.id,
      labels,
      matchers,
      matched: matchers.length === 0 ? 0 : matching(matchers, recent),
      among: recent.length,
      wrong,
      status: wrong === undefined ? 200 : 422,
    });
  }
}

/** A name that is free in the group: `dingtalk_robot`, or `dingtalk_robot-2` if that is taken. */
function freeName(channel: string, taken: ReadonlySet<string>): string {
  if (!taken.has(channel)) return channel;
  let number = 2;
  while (taken.has(`${channel}-${number}`)) number++;
  return `${channel}-${number}`;
}
