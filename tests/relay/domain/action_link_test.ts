import { deepStrictEqual as equal, notDeepStrictEqual as notEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { HOUR } from "../../../relay/base/duration.ts";
import {
  type ActionCode,
  type ActionLink,
  linkExpiry,
  MAX_LINKED,
  readCode,
  readLink,
  signCode,
  signLink,
} from "../../../relay/domain/action_link.ts";
import { alertId } from "../../../relay/domain/record.ts";

const NOW = Date.UTC(2026, 10, 20, 2, 43);
const PAGE = "01KG9EGN000000000000000000";
const OTHER = "01KG9EGN000000000000000001";

const link: ActionLink = {
  act: "acknowledge",
  alerts: [alertId(PAGE, 0), alertId(PAGE, 12), alertId(OTHER, 3)],
  destination: "运维/default/on call",
  member: "li.lei",
  until: linkExpiry(NOW),
};

Deno.test("a link says what it was signed for", () => {
  for (const act of ["open", "acknowledge", "take", "snooze"] as const) {
    for (const member of ["li.lei", undefined]) {
      const one = { ...link, act, member };
      equal(readLink(signLink(one, { key: "k" }), { key: "k", now: NOW }), one);
    }
  }
});

Deno.test("a link expires after three days, on the hour", () => {
  const text = signLink(link, { key: "k" });
  equal(link.until % HOUR, 0);
  ok(link.until - NOW >= 72 * HOUR && link.until - NOW < 73 * HOUR);
  equal(readLink(text, { key: "k", now: link.until - 1 }), link);
  equal(readLink(text, { key: "k", now: link.until }), "expired");
});

Deno.test("a link is invalid with any other character or another key", () => {
  const text = signLink(link, { key: "k" });
  equal(readLink(text, { key: "other", now: NOW }), undefined);
  for (
    const wrong of ["", ".", text.slice(0, -1), `${text}A`, text.split(".")[0]!, `.${text.split(".")[1]}`]
  ) {
    equal(readLink(wrong, { key: "k", now: NOW }), undefined, wrong);
  }
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom(..."AZaz09-_.%"), (at, char) => {
      const changed = text.slice(0, at) + char + text.slice(at + 1);
      if (changed === text) return;
      equal(readLink(changed, { key: "k", now: NOW }), undefined);
    }),
  );
});

Deno.test("a link to look at a message does not acknowledge it", () => {
  const open = signLink({ ...link, act: "open" }, { key: "k" });
  const acknowledge = signLink(link, { key: "k" });
  notEqual(open, acknowledge);
  const swapped = `${acknowledge.split(".")[0]}.${open.split(".")[1]}`;
  equal(readLink(swapped, { key: "k", now: NOW }), undefined);
});

Deno.test("a link about as many alerts as one may name is short enough for a vendor", () => {
  const alerts = Array.from({ length: MAX_LINKED }, (_, index) => alertId(PAGE, 900 + index));
  const { length } = signLink({ ...link, alerts }, { key: "k" });
  ok(length < 400, `${length}`);
});

const code: ActionCode = { act: "take", alerts: link.alerts, until: link.until };
const AT = { destination: link.destination, key: "k" };

Deno.test("a code says what it was signed for, until it expires", () => {
  for (const act of ["acknowledge", "take", "snooze"] as const) {
    equal(readCode(signCode({ ...code, act }, AT), { ...AT, now: link.until - 1 }), { ...code, act });
    equal(readCode(signCode({ ...code, act }, AT), { ...AT, now: link.until }), "expired");
  }
});

Deno.test("a code about one alert fits the data of Telegram's buttons", () => {
  const until = Date.UTC(2099, 0, 1);
  const text = signCode({ act: "acknowledge", alerts: [alertId(PAGE, 999)], until }, AT);
  ok(text.length <= 64 && /^[\w.,-]+$/.test(text), text);
});

Deno.test("a code is invalid with any other character, another key or another destination", () => {
  const text = signCode(code, AT);
  equal(readCode(text, { ...AT, key: "other", now: NOW }), undefined);
  equal(readCode(text, { ...AT, destination: "ops/default/other", now: NOW }), undefined);
  for (const wrong of ["", "...", text.slice(0, -1), `${text}A`, `${text}.`.slice(1)]) {
    equal(readCode(wrong, { ...AT, now: NOW }), undefined, wrong);
  }
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom(..."AZaz09-_.,%"), (at, char) => {
      const changed = text.slice(0, at) + char + text.slice(at + 1);
      if (changed === text) return;
      equal(readCode(changed, { ...AT, now: NOW }), undefined);
    }),
  );
});

Deno.test("a link is not accepted as a code, nor a code as a link", () => {
  equal(readLink(signCode(code, AT), { key: "k", now: NOW }), undefined);
  equal(readCode(signLink(link, { key: "k" }), { ...AT, now: NOW }), undefined);
});
