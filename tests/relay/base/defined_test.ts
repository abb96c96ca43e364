import { deepStrictEqual as equal } from "node:assert/strict";
import { defined } from "../../../relay/base/defined.ts";

Deno.test("what is undefined is left out, whatever else there is stays", () => {
  const note: string | undefined = undefined;
  const kept: { readonly id: string; readonly note?: string } = defined({ id: "a", note });
  equal(Object.keys(kept), ["id"]);
  equal(defined({ none: null, zero: 0, no: false, empty: "" }), {
    none: null,
    zero: 0,
    no: false,
    empty: "",
  });
});
