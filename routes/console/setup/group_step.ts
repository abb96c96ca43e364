import { Hono } from "hono";
import { z } from "zod";
import { groupSchema, issuesOf } from "../../../relay/config/mod.ts";
import { DEFAULT_GROUP } from "../../../relay/domain/group.ts";
import { inWordsOf } from "../../../relay/message/dictionary.ts";
import { groupItem } from "../groups/subject.ts";
import type { Shell, View } from "../shell.ts";
import { draftOf, keepDraft, type SetupDraft } from "./draft.ts";
import { listedSteps } from "./steps.ts";
import { placeOf } from "./subject.ts";

const [OWNER, LEVEL] = DEFAULT_GROUP.split("/") as [string, string];

const nameSchema = z.object({ owner: groupSchema.shape.owner, level: groupSchema.shape.level });

/** A name in the form's fields. */
interface Named {
  readonly kind: "default" | "own";
  readonly owner: string;
  readonly level: string;
}

/** `/setup/group`: the group of the destination. */
export function groupStep(shell: Shell): Hono {
  const { relay: { query: { config, configuration } } } = shell;
  const app = new Hono();

  app.get("/setup/group", async (c) => {
    const view = await shell.open(c, "admin");
    const draft = await draftOf(shell, view);
    if (draft?.tested === undefined || draft.isSaved) return view.done("/setup");
    return await page(view, { draft, named: suggestionOf(draft), errors: {} });
  });
  app.post("/setup/group", async (c) => {
    const view = await shell.submit(c, "admin");
    const draft = await draftOf(shell, view);
    if (draft?.tested === undefined || draft.isSaved) return view.done("/setup");
    const { form } = view;
    const named: Named = form.get("kind") === "default"
      ? { kind: "default", owner: OWNER, level: LEVEL }
      : { kind: "own", owner: form.get("owner")?.trim() ?? "", level: form.get("level")?.trim() ?? "" };
    const errors = errorsOf(named, view);
    if (Object.keys(errors).length > 0) return await page(view, { draft, named, errors });
    await keepDraft(shell, view, { ...draft, owner: named.owner, level: named.level });
    return view.done("/setup/alerts");
  });
  return app;

  /** The default group while it has only the inbox; otherwise an unused name. */
  function suggestionOf(draft: SetupDraft): Named {
    if (draft.owner !== undefined) {
      const place = placeOf(draft);
      return { kind: `${place.owner}/${place.level}` === DEFAULT_GROUP ? "default" : "own", ...place };
    }
    const isUntouched = config.groups.get(DEFAULT_GROUP)?.destinations
      .every(({ channel }) => channel === "inbox") ?? false;
    const owner = ["ops", ...Array.from({ length: 50 }, (_, index) => `ops-${index + 2}`)]
      .find((owner) => !config.groups.has(`${owner}/default`)) ?? "";
    return { kind: isUntouched && !isFixed(DEFAULT_GROUP) ? "default" : "own", owner, level: "default" };
  }

  function isFixed(id: string): boolean {
    return configuration.item(`groups/${id}`)?.managedBy === "file";
  }

  function errorsOf({ owner, level }: Named, { t, locale }: View): Readonly<Record<string, string>> {
    const issues = issuesOf(nameSchema, { owner: owner || undefined, level: level || undefined }, []);
    if (issues.length > 0) {
      return Object.fromEntries(issues.map(({ path, message }) => [path, inWordsOf(locale, message)]));
    }
    const isManaged = configuration.item(groupItem(owner, level))?.managedBy === "file";
    return isManaged ? { owner: t("setup.groupOfFile", { group: `${owner}/${level}` }) } : {};
  }

  async function page(
    view: View,
    { draft, named, errors }: { draft: SetupDraft; named: Named; errors: Readonly<Record<string, string>> },
  ): Promise<Response> {
    return await view.html("console/setup/group", {
      title: view.t("setup.title"),
      steps: listedSteps(draft, "group"),
      chosen: named.kind === "default" ? { ...named, owner: "ops" } : named,
      errors,
      owners: [...new Set([...config.groups.values()].map(({ owner }) => owner))].slice(0, 200),
      mayDefault: !isFixed(DEFAULT_GROUP),
      status: Object.keys(errors).length > 0 ? 422 : 200,
    });
  }
}
