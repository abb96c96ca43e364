import { deepStrictEqual as equal, doesNotMatch, match } from "node:assert/strict";
import { visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";
import { listPage } from "../../../routes/console/list_page.ts";

const NUMBERS = Array.from({ length: 250 }, (_, number) => `team-${number}`);

Deno.test("a list is shown by pages, and searched as a whole", () => {
  const page = (query: string): unknown => {
    const { items, total, found, newer, older } = listPage(NUMBERS, {
      url: `http://relay.example/groups${query}`,
      wordsOf: (one) => [one, "李雷"],
    });
    return [items[0], items.length, total, found, newer, older];
  };
  const table: [query: string, expected: unknown[]][] = [
    ["", ["team-0", 100, 250, 250, undefined, "/groups?page=2"]],
    ["?page=2", ["team-100", 100, 250, 250, "/groups", "/groups?page=3"]],
    ["?page=3", ["team-200", 50, 250, 250, "/groups?page=2", undefined]],
    ["?page=99", ["team-200", 50, 250, 250, "/groups?page=2", undefined]],
    ["?page=x", ["team-0", 100, 250, 250, undefined, "/groups?page=2"]],
    ["?q=TEAM-24", ["team-24", 11, 250, 11, undefined, undefined]],
    ["?q=team-1+李", ["team-1", 100, 250, 111, undefined, "/groups?q=team-1+%E6%9D%8E&page=2"]],
    ["?q=nobody", [undefined, 0, 250, 0, undefined, undefined]],
  ];
  for (const [query, expected] of table) equal(page(query), expected, query);
});

Deno.test("of hundreds of groups, members and destinations a page lists some, and finds the others", async () => {
  const groups = NUMBERS.map((owner) =>
    `  - { owner: ${owner}, level: a, members: [m-${owner}], destinations: [{ channel: inbox }] }`
  );
  const members = NUMBERS.map((owner) => `  - { id: m-${owner}, name: 成员 ${owner} }`);
  await using house = await testRelay({
    yaml: `members:\n${members.join("\n")}\ngroups:\n${groups.join("\n")}\n`,
  });
  const reader = await visitor(house, "viewer");
  const rows = async (path: string): Promise<number> =>
    (await reader.get(path)).html.match(/<th scope="row"/g)?.length ?? 0;
  equal([await rows("/groups"), await rows("/groups?page=3"), await rows("/groups?q=team-249")], [
    100,
    51,
    1,
  ]);
  equal([await rows("/members"), await rows("/members?page=3"), await rows("/members?q=team-249")], [
    100,
    50,
    1,
  ]);
  const { html } = await reader.get("/groups?page=2");
  match(html, /href="\/groups" rel="prev">← 上一页/);
  match(html, /action="\/groups" role="search"/);
  const { html: channels } = await reader.get("/channels");
  match(channels, /以及另外 201 项/);
  doesNotMatch(channels, /team-249/);
});

Deno.test("a short list has no search", async () => {
  await using house = await testRelay();
  const reader = await visitor(house, "viewer");
  doesNotMatch((await reader.get("/groups")).html, /action="\/groups" role="search"/);
});
