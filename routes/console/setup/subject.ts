import type { Relay } from "../../../relay/relay.ts";
import type { FormDraft, Subject } from "../forms/edit.ts";
import { configField, destinationSubject } from "../groups/subject.ts";
import type { SetupDraft } from "./draft.ts";

/** The group in which a destination is tested until it has one. */
const UNNAMED = { owner: "ops", level: "default" };

/** The place of a draft's destination. */
export function placeOf({ owner, level }: SetupDraft): { owner: string; level: string } {
  return owner === undefined || level === undefined ? UNNAMED : { owner, level };
}

/** The form of a draft: the channel's config alone. */
export function setupSubject(relay: Relay, draft: SetupDraft): Subject {
  const { channel } = draft;
  return {
    ...destinationSubject(relay, { ...placeOf(draft), channel }),
    field: {
      key: "",
      title: "",
      help: "",
      required: true,
      kind: "group",
      fields: [configField(relay, channel)],
    },
  };
}

/** The form of a draft, as a new one. Its `base` is empty: the config contains secrets, and the page shows none. */
export function formDraftOf({ config }: SetupDraft): FormDraft {
  return { value: { config }, base: null, version: "", complaints: [] };
}
