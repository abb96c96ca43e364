import { deepStrictEqual as equal } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("a link to the wall has each of its groups once, however often the request names it", async () => {
  await using house = await testRelay();
  const groups = Array.from({ length: 3_000 }, () => "default/default");
  const { status, body } = await api(house, "POST", "walls", { body: { name: "Operations room", groups } });
  equal([status, body.groups], [201, ["default/default"]]);
  equal((await api(house, "GET", "walls")).body.walls[0].groups, ["default/default"]);
});
