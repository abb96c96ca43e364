import { Hono } from "hono";
import { canonicalJson } from "../../../relay/base/hash.ts";
import type { TrialResult } from "../../../relay/delivery/trial.ts";
import { channelTitle } from "../../../relay/message/dictionary.ts";
import { Editor, type FormDraft, statusOf } from "../forms/edit.ts";
import { sendUnsaved } from "../groups/send_unsaved.ts";
import { groupItem } from "../groups/subject.ts";
import type { Shell, View } from "../shell.ts";
import { draftOf, keepDraft, type SetupDraft } from "./draft.ts";
import { listedSteps } from "./steps.ts";
import { formDraftOf, placeOf, setupSubject } from "./subject.ts";
import { takenApart } from "./taken_apart.ts";

/** `/setup/test`: the channel's settings, and a real test message with them. */
export function testStep(shell: Shell): Hono {
  const { relay } = shell;
  const { channels } = relay.query;
  const app = new Hono();

  app.get("/setup/test", async (c) => {
    const view = await shell.open(c, "admin");
    const draft = await draftOf(shell, view);
    if (draft === undefined || draft.isSaved) return view.done("/setup");
    return await page(view, { draft, form: formDraftOf(draft) });
  });
  app.post("/setup/test", async (c) => {
    const view = await shell.submit(c, "admin");
    const before = await draftOf(shell, view);
    if (before === undefined || before.isSaved) return view.done("/setup");
    const editor = new Editor(relay, setupSubject(relay, before));
    const read = await editor.read(view);
    const entered = (read.value as { config?: Record<string, unknown> } | undefined)?.config ?? {};
    const config = takenApart(channels.get(before.channel)!, entered);
    const isSame = canonicalJson(config) === canonicalJson(before.config);
    const { tested: _, ...rest } = before;
    const draft: SetupDraft = isSame ? before : { ...rest, config };
    const form: FormDraft = { ...read, value: { config } };
    if (form.isUnfinished) return await page(view, { draft, form });
    const act = view.form.get("act");
    if (act === "next" && draft.tested) return view.done("/setup/group");
    const tried = await tryOut(view, { draft, form, isSent: act === "test" });
    const isRight = tried.form.complaints.length === 0;
    const verdict = tried.outcome?.[0]?.verdict;
    const next: SetupDraft = verdict === "delivered"
      ? { ...draft, tested: view.now }
      : act === "skip" && isRight
      ? { ...draft, tested: null }
      : draft;
    if (!await keepDraft(shell, view, next)) {
      return await page(view, { draft, ...tried, wrong: view.t("setup.tooLong") });
    }
    if (act !== "test" && next.tested !== undefined && isRight) return view.done("/setup/group");
    return await page(view, { draft: next, ...tried });
  });
  return app;

  /** Check the form, and send the test message on request. */
  async function tryOut(
    view: View,
    { draft, form, isSent }: { draft: SetupDraft; form: FormDraft; isSent: boolean },
  ): Promise<{ form: FormDraft; outcome?: readonly TrialResult[] }> {
    const place = placeOf(draft);
    const subject = setupSubject(relay, draft);
    const { draft: checked, outcome } = await sendUnsaved(relay, {
      ...place,
      what: groupItem(place.owner, place.level),
      draft: form,
      editor: new Editor(relay, subject),
      subject,
      by: view.who!.name,
      isSent,
    });
    return { form: checked, ...outcome ? { outcome } : {} };
  }

  async function page(
    view: View,
    { draft, form, outcome, wrong }: {
      draft: SetupDraft;
      form: FormDraft;
      outcome?: readonly TrialResult[];
      wrong?: string;
    },
  ): Promise<Response> {
    const channel = channels.get(draft.channel)!;
    const editor = new Editor(relay, setupSubject(relay, draft));
    const isPasted = channel.target !== undefined && Object.keys(draft.config).length > 0;
    return await view.html("console/setup/test", {
      title: view.t("setup.title"),
      steps: listedSteps(draft, "test"),
      channel: { title: channelTitle(view.locale, channel), docs: channel.docs },
      isPasted,
      mayPaste: channel.target !== undefined && (!isPasted || outcome?.[0]?.verdict === "refused"),
      isDelivered: draft.tested !== undefined && draft.tested !== null,
      form: await editor.show({ ...form, base: null }, view),
      outcome,
      wrong,
      status: wrong ? 422 : statusOf(form),
    });
  }
}
