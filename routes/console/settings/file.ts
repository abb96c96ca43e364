import { Hono } from "hono";
import {
  applyPlan,
  type ConfigPlan,
  type ConfigRefusal,
  exportYaml,
  planOf,
  type Problem,
  readDocument,
} from "../../../relay/config/mod.ts";
import { inWordsOf } from "../../../relay/message/dictionary.ts";
import { refusalError } from "../../api/config.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell, View } from "../shell.ts";

const PATH = "/settings/file";

/** The content of the page. */
interface FilePage {
  readonly yaml?: string;
  readonly prune?: boolean;
  readonly plan?: ConfigPlan;
  /** Whether the plan has changed since the user saw it. */
  readonly isNewPlan?: boolean;
  readonly wrong?: readonly string[];
}

/** `/settings/file`: the configuration as a fenghuo.yaml: download, paste, plan and application. */
export function filePages(shell: Shell): Hono {
  const { relay } = shell;
  const { configuration, channels } = relay.query;
  const app = new Hono();

  app.get(PATH, async (c) => await page(await shell.open(c, "admin")));
  app.get(`${PATH}/export`, async (c) => {
    await shell.open(c, "admin");
    const { yaml } = await exportYaml(configuration.tree, { channels, secrets: false });
    c.header("content-disposition", 'attachment; filename="fenghuo.yaml"');
    c.header("cache-control", "no-store");
    return c.body(yaml, 200, { "content-type": "application/yaml; charset=utf-8" });
  });
  app.post(PATH, async (c) => {
    const view = await shell.submit(c, "admin");
    const yaml = view.form.get("yaml") ?? "";
    const prune = view.form.has("prune");
    const { document, problems, isUnreadable } = await readDocument(yaml, { configuration, channels });
    const application = { document, prune };
    if (problems.length > 0) {
      const planned = isUnreadable ? undefined : planOf(configuration, application);
      const more = planned && "refused" in planned && planned.refused === "invalid" ? planned.problems : [];
      return await page(view, {
        yaml,
        prune,
        wrong: [...problems, ...more].map((one) => wordsOf(one, view)),
      });
    }
    const hash = view.form.get("hash");
    if (hash === null) {
      const planned = planOf(configuration, application);
      return await page(view, {
        yaml,
        prune,
        ..."plan" in planned ? { plan: planned.plan } : refused(planned, view),
      });
    }
    const applied = await applyPlan(relay.commands.configuration, {
      ...application,
      hash,
      by: view.who!.name,
    });
    if (!("refused" in applied)) return view.done(PATH, "file.applied", { count: applied.changes });
    if (applied.refused === "replanned") {
      return await page(view, { yaml, prune, plan: applied.plan, isNewPlan: true });
    }
    return await page(view, { yaml, prune, ...refused(applied, view) });
  });
  return app;

  async function page(view: View, shown: FilePage = {}): Promise<Response> {
    return await view.html("console/settings/file", {
      title: view.t("file.title"),
      yaml: "",
      prune: false,
      ...shown,
      status: shown.wrong ? 422 : shown.isNewPlan ? 409 : 200,
    });
  }
}

function refused(refusal: ConfigRefusal, view: View): { wrong: readonly string[] } {
  if (refusal.refused === "sealed") throw new PageError(409, "config.sealed");
  if (refusal.refused !== "invalid") throw refusalError(refusal);
  return {
    wrong: refusal.problems.map((problem) => wordsOf(problem, view)),
  };
}

function wordsOf({ what, path, message }: Problem, { locale }: View): string {
  return `${[what, path].filter(Boolean).join(" ")}: ${inWordsOf(locale, message)}`;
}
