import { Hono } from "hono";
import { writeYaml } from "../../../relay/config/mod.ts";
import { kindOf, type RefusedPayload } from "../../../relay/domain/sender_refusal.ts";
import type { Relay } from "../../../relay/relay.ts";
import { isTree } from "../forms/merge.ts";
import type { Shell, View } from "../shell.ts";
import { closeJson } from "./close_json.ts";
import { type TrialInput, tryMapping } from "./mapping_trial.ts";

/** The initial mapping of the form. */
const EXAMPLE = `name: new
title: $.title
text: $.message
status: { from: $.status, default: firing }
severity: { from: $.severity, default: warning }
labels: { host: $.host }
`;

/** At most this many refused payloads are offered. */
const MAX_OFFERED = 50;

/** The values of the form. */
interface TrialForm extends TrialInput {
  /** The door whose mapping was chosen. */
  readonly door: string;
  /** The refused payload that was chosen. */
  readonly refused: string;
}

/** A refused payload, with the door that refused it. */
interface OfferedPayload extends RefusedPayload {
  readonly id: string;
  readonly door: string;
}

/** `/doors/try`: tries a mapping on a payload, which may be one that was refused. Nothing is stored, and nothing is sent. */
export function tryPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/doors/try", async (c) => {
    const view = await shell.open(c, "admin");
    const { refused = "", door = doorOf(await offered(relay, view.now), refused) } = c.req.query();
    return await page(view, { door, refused, mapping: "", payload: "", type: "" }, "both");
  });
  app.post("/doors/try", async (c) => {
    const view = await shell.submit(c, "admin");
    const field = (name: string): string => view.form.get(name) ?? "";
    const form = {
      door: field("door"),
      refused: field("refused"),
      mapping: field("mapping"),
      payload: field("payload"),
      type: field("type").trim(),
    };
    return await page(view, form, field("do"));
  });
  return app;

  /** `chosen`: which of the two lists has a choice to be filled in. */
  async function page(view: View, form: TrialForm, chosen: string): Promise<Response> {
    const payloads = await offered(relay, view.now);
    const filled = {
      ...form,
      ...chosen === "door" || chosen === "both" ? { mapping: await mappingOf(form.door, relay) } : {},
      ...chosen === "refused" || chosen === "both" ? chosenIn(payloads, form.refused) : {},
    };
    return await view.html("console/doors/try", {
      title: view.t("doors.try"),
      form: filled,
      doors: [...relay.query.config.doors.keys()],
      payloads,
      trial: filled.payload.trim() === "" ? undefined : await tryMapping(filled, relay, view),
    });
  }
}

/** The payloads that were refused, the newest first. @throws StoreError */
async function offered({ query: { refusals } }: Relay, now: number): Promise<OfferedPayload[]> {
  return (await refusals.all(now)).flatMap((kind) =>
    kind.payloads.map((payload) => ({ ...payload, id: payloadId(kind, payload), door: kind.door }))
  ).sort((a, b) => b.at - a.at).slice(0, MAX_OFFERED);
}

/** The id of a refused payload in an address. */
export function payloadId(kind: Parameters<typeof kindOf>[0], { at }: Pick<RefusedPayload, "at">): string {
  return `${kindOf(kind)}.${at}`;
}

/** The configured door that refused a payload. */
function doorOf(payloads: readonly OfferedPayload[], id: string): string {
  return payloads.find((one) => one.id === id)?.door.replace(/^in\//, "") ?? "";
}

/** A refused payload for the form. */
function chosenIn(
  payloads: readonly OfferedPayload[],
  id: string,
): { payload: string; type: string; isCut: boolean } {
  const { text = "", type = "" } = payloads.find((one) => one.id === id) ?? {};
  const payload = closeJson(text);
  return { payload, type, isCut: payload !== text };
}

/** A door of the configuration as YAML, without its secrets; an example if there is none of this name. */
async function mappingOf(name: string, { query: { configuration } }: Relay): Promise<string> {
  const { value } = configuration.item("doors") ?? {};
  const door = Array.isArray(value) ? value.find((one) => isTree(one) && one.name === name) : undefined;
  if (!isTree(door)) return EXAMPLE;
  const { auth: _auth, secret: _secret, answer: _answer, ...mapping } = door;
  return await writeYaml(mapping);
}
