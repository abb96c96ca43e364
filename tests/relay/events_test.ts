import { deepStrictEqual as equal } from "node:assert/strict";
import { type Change, Events } from "../../relay/events.ts";
import { TestClock } from "../kit/clock.ts";

function listening(): { clock: TestClock; events: Events; heard: Change[]; stop: () => void } {
  const clock = new TestClock();
  const events = new Events(clock);
  const heard: Change[] = [];
  const stop = events.listen({
    changed: (change) => heard.push(change),
    closed: () => heard.push("closed" as Change),
  });
  return { clock, events, heard, stop: stop! };
}

Deno.test("a change is heard at once, and a storm of them once a second, the last one included", () => {
  const { clock, events, heard } = listening();
  events.tell("alert");
  equal(heard, ["alert"]);
  for (let ms = 0; ms < 2_500; ms += 10) {
    events.tell("alert");
    clock.advance(10);
  }
  equal(heard.length, 3);
  clock.advance(1_000);
  equal(heard.length, 4);
  clock.advance(10_000);
  equal(heard.length, 4, "nothing more happened");
});

Deno.test("one kind of change does not wait for another", () => {
  const { events, heard } = listening();
  events.tell("alert", "incident");
  events.tell("delivery", "alert");
  equal(heard, ["alert", "incident", "delivery"]);
});

Deno.test("who stopped listening hears nothing, and no timer is left", () => {
  const { clock, events, heard, stop } = listening();
  events.tell("lane");
  events.tell("lane");
  stop();
  equal(clock.next, undefined);
  events.tell("lane");
  clock.advance(5_000);
  equal(heard, ["lane"]);
});

Deno.test("at the end everybody is let go, and nobody new is heard", () => {
  const { events, heard } = listening();
  events.close();
  events.tell("alert");
  equal(heard, ["closed"]);
  equal(events.listen({ changed: () => {}, closed: () => {} }), undefined);
});

Deno.test("at most 200 listen at once", () => {
  const { events } = listening();
  const more = Array.from({ length: 250 }, () => events.listen({ changed: () => {}, closed: () => {} }));
  equal(more.filter((stop) => stop !== undefined).length, 199);
});
