import { deepStrictEqual as equal, match } from "node:assert/strict";
import { api } from "../../kit/api.ts";
import { Visitor, visitor } from "../../kit/console.ts";
import { testRelay } from "../../kit/relay.ts";

/** Ids that a caller may invent; the last is longer than a key of the database can be. */
const IDS = ["nothing", "%2e%2e%2f", "%00", "🔥", "__proto__", "0".repeat(26) + "-000", "x".repeat(3_000)];

/** The places of an id in an address. */
const PLACES = [
  "/alerts/ID",
  "/alerts/ID/deliveries/ID",
  "/alerts/ID/deliveries/ID/page",
  "/incidents/ID",
  "/silences/ID",
  "/silences/new?alert=ID",
  "/deliveries/ID",
  "/deliveries/ID/page",
  "/deliveries?digest=ID",
  "/inbox/ID",
  "/inbox/ID/email",
  "/inbox/ID/email/page",
  "/groups/ID",
  "/groups/ID/ID",
  "/groups/ID/ID/edit",
  "/groups/ID/ID/destinations",
  "/groups/default/default/destinations/ID",
  "/groups/default/default/destinations?channel=ID",
  "/members/ID",
  "/rules?alert=ID",
  "/templates?alert=ID",
  "/templates/mail?alert=ID",
  "/channels/ID/defaults",
  "/settings/departments/ID",
  "/settings/general/ID",
];

Deno.test("whatever id is made up, its page is a friendly 404", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  for (const place of PLACES) {
    for (const id of IDS) {
      const { status, html } = await one.get(place.replaceAll("ID", id));
      equal(status, 404, `${place} of ${id.slice(0, 40)}`);
      if (!place.includes("page")) match(html, /<nav class="nav"/, place);
    }
  }
  equal(house.reports, []);
});

Deno.test("an unknown id is answered 404 to a program, whatever its form", async () => {
  await using house = await testRelay();
  for (
    const place of ["alerts", "incidents", "deliveries", "digests", "silences", "dead", "why", "members"]
  ) {
    for (const id of IDS) {
      const { status, body } = await api(house, "GET", `${place}/${id}`);
      equal([status, typeof body.error], [404, "string"], `${place} of ${id.slice(0, 40)}`);
    }
  }
  equal(house.reports, []);
});

Deno.test("whatever is asked of the statistics in an address, the page is there", async () => {
  await using house = await testRelay();
  await house.post({});
  const one = await visitor(house, "viewer");
  for (
    const asked of ["window=" + "9".repeat(40), "window=-5m", "group=" + "x".repeat(400), "period=x&look=x"]
  ) {
    equal((await one.get(`/noise?${asked}`)).status, 200, asked);
  }
  equal(house.reports, []);
});

Deno.test("a name that is longer than any account's is wrong, and nothing else", async () => {
  await using house = await testRelay();
  equal((await new Visitor(house).signIn({ name: "n".repeat(3_000), password: "nope" })).status, 401);
});
