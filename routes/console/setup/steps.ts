import type { SetupDraft } from "./draft.ts";

/** The steps of the guided set-up, in their order. */
export const STEPS = ["channel", "test", "group", "alerts"] as const;

/** One of {@linkcode STEPS}. */
export type Step = typeof STEPS[number];

/** The first step that is not done. */
export function nextStep(draft: SetupDraft | undefined): Step {
  if (draft === undefined) return "channel";
  if (draft.tested === undefined) return "test";
  return draft.owner === undefined ? "group" : "alerts";
}

/** The steps for the page's list: a reached step is a link. */
export function listedSteps(
  draft: SetupDraft | undefined,
  current: Step,
): { readonly step: Step; readonly state: "done" | "current" | "open"; readonly href: string | undefined }[] {
  const reached = STEPS.indexOf(nextStep(draft));
  return STEPS.map((step, index) => ({
    step,
    state: step === current ? "current" : index < reached ? "done" : "open",
    href: index <= reached && step !== current && !draft?.isSaved ? `/setup/${step}` : undefined,
  }));
}
