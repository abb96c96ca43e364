import { Hono } from "hono";
import { channelTitle } from "../../../relay/message/dictionary.ts";
import { PageError } from "../../http/errors.ts";
import { formatMatcher } from "../../../relay/domain/matcher.ts";
import { DEFAULT_GROUP } from "../../../relay/domain/group.ts";
import { snippetsFor } from "../first_run.ts";
import { groupPath } from "../groups/subject.ts";
import type { Shell } from "../shell.ts";
import { alertsStep } from "./alerts_step.ts";
import { channelStep } from "./channel_step.ts";
import { draftOf, forgetDraft } from "./draft.ts";
import { groupStep } from "./group_step.ts";
import { nextStep } from "./steps.ts";
import { testStep } from "./test_step.ts";

/**
 * `/setup`: a channel in four steps, each a page: its address, a test message, the group, the alerts. The browser
 * stores the input; the configuration changes at the end.
 */
export function setupPages(shell: Shell): Hono {
  const { channels, config } = shell.relay.query;
  const app = new Hono();

  app.get("/setup", async (c) => {
    const view = await shell.open(c, "admin");
    return view.done(`/setup/${nextStep(await draftOf(shell, view))}`);
  });
  app.post("/setup/discard", async (c) => {
    const view = await shell.submit(c, "admin");
    forgetDraft(view);
    return view.done("/setup/channel");
  });
  for (const step of [channelStep, testStep, groupStep, alertsStep]) app.route("/", step(shell));

  app.get("/setup/done", async (c) => {
    const view = await shell.open(c, "admin");
    const group = config.groups.get(c.req.query("group") ?? "");
    if (!group) throw new PageError(404, "groups.gone");
    const snippets = snippetsFor(shell.relay, c, { who: view.who!, group: group.id });
    return await view.html("console/setup/done", {
      title: view.t("setup.title"),
      group: group.id,
      path: groupPath(group.owner, group.level),
      isDefault: group.id === DEFAULT_GROUP,
      destinations: group.destinations.map(({ name, channel }) => {
        const known = channels.get(channel);
        return { name, title: known ? channelTitle(view.locale, known) : channel };
      }),
      rules: config.rules.filter((rule) => rule.group === group.id)
        .map(({ matchers }) => matchers.map((matcher) => formatMatcher(matcher)).join(", ")),
      lines: snippets.lines,
      secret: snippets.secret,
      namedGroup: snippets.group,
      curlGroup: snippets.curlGroup,
      department: snippets.department,
    });
  });
  return app;
}
