import { deepStrictEqual as equal } from "node:assert/strict";
import { parseRoleRules, roleByRules } from "../../../relay/domain/role_rules.ts";

/** A text → the roles by value, and the role of all other people; `undefined` if the text is invalid. */
const TEXTS: [text: string, byValue: Record<string, string> | undefined, otherwise?: string][] = [
  ["sre=admin", { sre: "admin" }],
  [" sre = admin ,on-call=operator,, *=viewer ", { sre: "admin", "on-call": "operator" }, "viewer"],
  ["*=viewer", {}, "viewer"],
  ["a team=operator", { "a team": "operator" }],
  ["cn=sre,ou=x=admin; cn=b,ou=x=viewer", { "cn=sre,ou=x": "admin", "cn=b,ou=x": "viewer" }],
  ["cn=sre,ou=x=admin;", { "cn=sre,ou=x": "admin" }],
  ["sre=admin\non-call=operator\n", { sre: "admin", "on-call": "operator" }],
  ["/ops/sre=admin", { "/ops/sre": "admin" }],
  ["值班=operator", { "值班": "operator" }],
  ["__proto__=admin", { ["__proto__"]: "admin" }],
  ["", undefined],
  [";", undefined],
  ["sre", undefined],
  ["=admin", undefined],
  [" =admin", undefined],
  ["sre=root", undefined],
  ["sre=Admin", undefined],
  ["sre=admin operator", undefined],
  ["sre=admin, sre=viewer", undefined],
  ["*=viewer, *=admin", undefined],
  ["sre=admin; on-call", undefined],
];

for (const [text, byValue, otherwise] of TEXTS) {
  Deno.test(`role rules: ${JSON.stringify(text)} ${byValue ? "are read" : "are refused"}`, () => {
    equal(
      parseRoleRules(text),
      byValue && { byValue: new Map(Object.entries(byValue)), otherwise },
    );
  });
}

Deno.test("the greatest role counts in any order", () => {
  const rules = parseRoleRules("a=admin, o=operator, v=viewer")!;
  equal(roleByRules([], rules), undefined);
  equal(roleByRules(["x", ""], rules), undefined);
  equal(roleByRules(["v", "a", "o"], rules), "admin");
  equal(roleByRules(["o", "v"], rules), "operator");
  const open = parseRoleRules("*=operator, v=viewer")!;
  equal([roleByRules([], open), roleByRules(["v"], open)], ["operator", "operator"]);
});
