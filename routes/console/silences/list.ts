import { Hono } from "hono";
import {
  type Silence,
  SILENCE_STATES,
  type SilenceState,
  silenceState,
} from "../../../relay/domain/silence.ts";
import { PageError } from "../../http/errors.ts";
import { rowsOf } from "../incidents/lines.ts";
import type { Shell } from "../shell.ts";
import { newSilenceRoutes } from "./new.ts";
import { LONG_SEARCH } from "./times.ts";

/** Silences of one page. */
const SHOWN = 50;

/** At most this many covered incidents on a silence's page. */
const COVERED = 100;

/** `GET /silences`: the silences, their authors and their ends. */
export function silencePages(shell: Shell): Hono {
  const { relay } = shell;
  const { commands, query } = relay;
  const app = new Hono();

  app.get("/silences", async (c) => {
    const view = await shell.open(c);
    const all = (await query.silences()).map((silence) => shown(silence, view.now));
    const asked = c.req.query("state");
    const state = SILENCE_STATES.find((state) => state === asked) ?? "active";
    const before = c.req.query("before") ?? "";
    // The cursor remains valid when its silence is removed: ids are in the order of time.
    const listed = all.filter((one) => one.state === state && (before === "" || one.id < before));
    const page = listed.slice(0, SHOWN);
    return await view.html("console/silences/list", {
      title: view.t("silences.title"),
      state,
      states: (["active", "pending", "expired"] as const).map((state) => ({
        state,
        count: all.filter((one) => one.state === state).length,
      })),
      silences: page,
      newer: before === "" ? undefined : `/silences?state=${state}`,
      older: listed.length > SHOWN ? `/silences?state=${state}&before=${page.at(-1)!.id}` : undefined,
    });
  });
  app.route("/", newSilenceRoutes(shell));

  app.get("/silences/:id", async (c) => {
    const view = await shell.open(c);
    const silence = await find(c.req.param("id"));
    const { state } = shown(silence, view.now);
    const budget = c.req.query("look") === "long" ? LONG_SEARCH : undefined;
    const { incidents: covered, ...found } = state === "expired"
      ? { incidents: [], total: 0 }
      : await query.incidents.coveredBy(silence.matchers, { limit: COVERED, budget });
    return await view.html("console/silences/one", {
      title: view.t("silences.one"),
      silence: { ...silence, state },
      again: againAddress(silence),
      ...found,
      longer: `/silences/${silence.id}?look=long`,
      covered: await rowsOf(covered, view, relay),
    });
  });
  app.post("/silences/:id/end", async (c) => {
    const view = await shell.submit(c, "operator");
    await commands.silences.end(await find(c.req.param("id")), { by: view.who!.name, now: view.now });
    return view.done("/silences", "silences.ended");
  });
  return app;

  async function find(id: string): Promise<Silence> {
    const silence = await query.silence(id);
    if (!silence) throw new PageError(404, "silences.gone");
    return silence;
  }
}

function shown(silence: Silence, now: number): Silence & { state: SilenceState; again: string } {
  return { ...silence, state: silenceState(silence, now), again: againAddress(silence) };
}

/** The address of the form for the same silence again. */
function againAddress({ matchers, comment }: Silence): string {
  const search = new URLSearchParams(matchers.map((text) => ["matchers", text]));
  if (comment !== "") search.set("comment", comment);
  return `/silences/new?${search}`;
}
