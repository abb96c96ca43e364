import { deepStrictEqual as equal } from "node:assert/strict";
import { attribute, type ErrorOrigin, originOf } from "../../../relay/channel/error_origin.ts";

const folders = {
  relay: new URL("file:///srv/fenghuo/"),
  channels: [new URL("file:///srv/fenghuo/channels/"), new URL("file:///etc/my%20channels/")],
};

/** An error with this stack, from its top. */
function error(...places: readonly string[]): Error {
  return Object.assign(new Error("boom"), {
    stack: ["Error: boom", ...places.map((place) => `    at ${place}`)].join("\n"),
  });
}

const RELAY = "send (file:///srv/fenghuo/relay/delivery/sender.ts:9:1)";
const LIBRARY = "f (file:///var/cache/deno/npm/ws/8.0.0/ws.js:1:2)";
const INSTALLED = "f (file:///srv/fenghuo/node_modules/ws/ws.js:1:2)";
const RUNTIME = "g (ext:core/01_core.js:588:9)";

const STACKS: readonly [places: readonly string[], origin: ErrorOrigin][] = [
  [["file:///etc/my%20channels/mine.ts:3:36", RUNTIME], {
    kind: "channel",
    channel: "mine",
    at: "mine.ts:3:36",
  }],
  [["async x (file:///srv/fenghuo/channels/gotify.ts:14:5)", RELAY], {
    kind: "channel",
    channel: "gotify",
    at: "gotify.ts:14:5",
  }],
  [[LIBRARY, "file:///etc/my%20channels/_mine/help.ts:1:2", "file:///etc/my%20channels/mine.ts:3:36"], {
    kind: "channel",
    channel: "mine",
    at: "_mine/help.ts:1:2",
  }],
  [["file:///etc/my%20channels/_help.ts:1:2"], { kind: "channel", channel: "_help", at: "_help.ts:1:2" }],
  [[RELAY, RUNTIME], { kind: "relay" }],
  [["(file:///srv/fenghuo/main.ts:9:1)"], { kind: "relay" }],
  [[LIBRARY, RUNTIME], { kind: "unknown" }],
  [[INSTALLED], { kind: "unknown" }],
  [[RUNTIME], { kind: "unknown" }],
  [["file:///etc/other/x.ts:1:1"], { kind: "unknown" }],
];

Deno.test("an error belongs to the first plugin in its stack, else to the relay, else to nobody", () => {
  for (const [places, origin] of STACKS) equal(originOf(error(...places), folders), origin, places.join());
  for (const thrown of ["words", undefined, null, { stack: "file:///etc/my%20channels/mine.ts:1:1" }]) {
    equal(originOf(thrown, folders), { kind: "unknown" });
  }
});

Deno.test("an error of the relay's tools belongs to the channel that called them", () => {
  const thrown = error(RELAY);
  attribute(thrown, error("Object.send (file:///etc/my%20channels/mine.ts:7:11)", RELAY));
  equal(originOf(thrown, folders), { kind: "channel", channel: "mine", at: "mine.ts:7:11" });
  attribute("words", error("file:///etc/my%20channels/mine.ts:7:11")); // changes nothing
  equal(originOf("words", folders), { kind: "unknown" });
});
