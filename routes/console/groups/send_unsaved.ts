import type { TrialResult } from "../../../relay/delivery/trial.ts";
import type { Relay } from "../../../relay/relay.ts";
import { refusalError } from "../../api/config.ts";
import type { Editor, FormDraft, Subject } from "../forms/edit.ts";
import { destinationsIn, type Item } from "./subject.ts";

/**
 * Send a test message to a destination with the form's values, without saving it; or return the form's errors.
 * `isSent`: false to check the form only.
 */
export async function sendUnsaved(
  { commands, query: { configuration } }: Relay,
  { what, draft, editor, subject, owner, level, name, by, isSent = true }: {
    what: string;
    owner: string;
    level: string;
    name?: string;
    draft: FormDraft;
    editor: Editor;
    subject: Subject;
    by: string;
    isSent?: boolean;
  },
): Promise<{ draft: FormDraft; outcome?: readonly TrialResult[] }> {
  if (draft.complaints.length > 0) return { draft };
  const item = configuration.item(what)?.value;
  const whole = subject.into!(item, draft.value) as Item;
  const all = destinationsIn(whole);
  const before = destinationsIn(item).findIndex((one) => String(one.name ?? one.channel) === name);
  const index = name === undefined || before < 0 ? all.length - 1 : before;
  // Without its fallback: the message is for this destination only.
  const { fallback: _, ...own } = all[index]!;
  const tried = configuration.trial(what, { ...whole, destinations: [own] });
  if ("config" in tried) {
    if (!isSent) return { draft };
    const group = tried.config.groups.get(`${owner}/${level}`)!;
    return {
      draft,
      outcome: [await commands.testDestination({ group, destination: group.destinations[0]!, by })],
    };
  }
  if (tried.refused !== "invalid") throw refusalError(tried);
  const problems = tried.problems.map((problem) => ({
    ...problem,
    path: problem.path.replace(/^destinations\[0\]/, `destinations[${index}]`),
  }));
  return { draft: { ...draft, complaints: editor.placed(problems, what, whole) } };
}
