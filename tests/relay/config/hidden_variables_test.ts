import { deepStrictEqual as equal } from "node:assert/strict";
import { HiddenVariables } from "../../../relay/config/hidden_variables.ts";

/** An environment with these variables. */
function environment(values: Record<string, string>): Pick<typeof Deno.env, "get" | "set" | "delete"> {
  return {
    get: (name) => values[name],
    set: (name, value) => void (values[name] = value),
    delete: (name) => void delete values[name],
  };
}

Deno.test("secrets are removed from the environment, stay readable for the relay, and are put back for the next start", () => {
  const all = {
    FENGHUO_KEY: "k",
    FENGHUO_KEY_FILE: "/run/key",
    FENGHUO_TZ: "UTC",
    PORT: "8000",
    DING_TOKEN: "t",
    HOME: "/root",
    DENO_DIR: "/deno",
    LC_ALL: "C",
  };
  const left: Record<string, string> = { ...all };
  const hidden = new HiddenVariables(environment(left));
  hidden.hide(all);
  equal(Object.keys(left), ["FENGHUO_KEY_FILE", "FENGHUO_TZ", "PORT", "HOME", "DENO_DIR", "LC_ALL"]);
  for (const [name, value] of Object.entries(all)) equal(hidden.get(name), value);
  equal(hidden.get("OTHER"), undefined);
  hidden.restore();
  equal(Object.entries(left).sort(), Object.entries(all).sort());
});

Deno.test("where the environment cannot be changed, everything stays readable", () => {
  const env = environment({ FENGHUO_KEY: "k" });
  const hidden = new HiddenVariables({
    ...env,
    delete: () => {
      throw new Error("not here");
    },
  });
  hidden.hide({ FENGHUO_KEY: "k" });
  equal([hidden.get("FENGHUO_KEY"), env.get("FENGHUO_KEY")], ["k", "k"]);
});
