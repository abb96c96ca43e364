import { Hono } from "hono";
import { readPastedAddress } from "../../../relay/channel/pasted_address.ts";
import { byTitle, channelTitle, inWordsOf } from "../../../relay/message/dictionary.ts";
import { PageError } from "../../http/errors.ts";
import type { Shell, View } from "../shell.ts";
import { draftOf, keepDraft, type SetupDraft } from "./draft.ts";
import { listedSteps } from "./steps.ts";

/** The channels shown first, in this order; the others follow. A name without a channel is skipped. */
const COMMON = [
  "dingtalk_robot",
  "wecom_robot",
  "feishu_robot",
  "email",
  "slack_webhook",
  "teams",
  "telegram",
  "discord",
  "webhook",
];

/** `/setup/channel`: the field for an address, and the choice of a channel. */
export function channelStep(shell: Shell): Hono {
  const { channels } = shell.relay.query;
  const app = new Hono();

  app.get("/setup/channel", async (c) => await page(await shell.open(c, "admin")));
  app.post("/setup/channel", async (c) => {
    const view = await shell.submit(c, "admin");
    const name = view.form.get("channel");
    if (name !== null) {
      if (!channels.get(name)) throw new PageError(404, "destinations.noChannel");
      const before = await draftOf(shell, view);
      // The draft is kept when the user chooses its channel again.
      return await goOn(view, before?.channel === name ? before : { channel: name, config: {} });
    }
    const all = channels.names().flatMap((name) => channels.get(name) ?? []);
    const found = readPastedAddress(view.form.get("address") ?? "", all);
    if ("config" in found) return await goOn(view, { channel: found.channel.name, config: found.config });
    return await page(view, wordsFor(found, view));
  });
  return app;

  async function goOn(view: View, draft: SetupDraft): Promise<Response> {
    if (await keepDraft(shell, view, draft)) return view.done("/setup/test");
    return await page(view, view.t("setup.tooLong"));
  }

  async function page(view: View, wrong?: string): Promise<Response> {
    const draft = await draftOf(shell, view);
    const all = byTitle(channels, view.locale).map(({ channel, title }) => ({ name: channel.name, title }));
    const common = COMMON.flatMap((name) => all.find((one) => one.name === name) ?? []);
    return await view.html("console/setup/channel", {
      title: view.t("setup.title"),
      steps: listedSteps(draft, "channel"),
      draft: draft && { title: channelTitle(view.locale, channels.get(draft.channel)!) },
      wrong,
      common,
      others: all.filter((one) => !common.includes(one)),
      examples: COMMON.flatMap((name) => channels.get(name)?.target?.example ?? []).slice(0, 3)
        .map((example) => example.replace(/[^/=]*$/, "…")),
      status: wrong === undefined ? 200 : 422,
    });
  }
}

function wordsFor(
  found: Exclude<ReturnType<typeof readPastedAddress>, { readonly config: unknown }>,
  { t, locale }: View,
): string {
  if (found.wrong === "no-address") return t("setup.noAddress");
  if (found.wrong === "unknown") return t("setup.unknownAddress", { host: found.host });
  const because = inWordsOf(locale, found.because, found.channel.words?.zh);
  return t("setup.incomplete", { channel: channelTitle(locale, found.channel), because });
}
