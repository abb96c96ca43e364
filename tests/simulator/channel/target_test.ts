import { deepStrictEqual as equal } from "node:assert/strict";
import { defineChannel, secret, z } from "../../../relay/channel.ts";
import type { VendorAddress } from "../../../relay/channel.ts";
import { grade } from "../../../simulator/testing.ts";

/** The findings about the `target` of a channel that is otherwise right. */
async function findings(target: VendorAddress): Promise<string[]> {
  const channel = defineChannel({
    name: "pager",
    title: "Pager",
    config: z.object({ token: secret("Token") }),
    hosts: ["pager.example.com"],
    request: ({ token }, { body }) => ({ url: `https://pager.example.com/${token}`, json: { body } }),
    success: ({ text }) => text === "ok",
    target,
    sample: { token: "A0/+=&%23 cd" },
  });
  return (await grade(channel)).map(({ problem }) => problem).filter((problem) => /target/.test(problem));
}

const HOSTS = ["pager.example.com"];
const example = "https://pager.example.com/send/0123";
const read = ({ pathname }: URL): { token: string } | string =>
  pathname.startsWith("/send/") ? { token: pathname.slice(6) } : "The address has no token";

for (
  const [what, target, problems] of [
    ["that reads its example", { hosts: HOSTS, example, read }, []],
    ["without an example", { hosts: HOSTS, read }, ["target has no example"]],
    ["whose example is elsewhere", { hosts: ["other.example.com"], example, read }, [
      "target.example is at none of target.hosts",
    ]],
    ["that does not read its example", { hosts: HOSTS, example, read: () => "It is none" }, [
      "target.read does not read target.example",
    ]],
    ["whose sentence shows the address", {
      hosts: HOSTS,
      example,
      read: (url: URL) => url.pathname.startsWith("/send/") ? read(url) : `${url.href} is none`,
    }, ["target.read shows the address in its sentence"]],
  ] as const
) {
  Deno.test(`a channel's target ${what}: ${problems.length === 0 ? "no finding" : problems[0]}`, async () => {
    equal(await findings(target), problems);
  });
}

Deno.test("a config that the schema refuses is a fault", async () => {
  const [problem = ""] = await findings({ hosts: HOSTS, example, read: () => ({ token: 5 }) });
  equal(
    problem.startsWith("target.read makes a config of target.example that the schema refuses: token"),
    true,
  );
});
