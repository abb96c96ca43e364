/** Compares the messages about real rule sets with the files in `messages/`, and checks rules that all messages keep. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MOMENTS, type Told } from "./_life.ts";
import { FOLDER, pagesOf, tellEverything } from "./_page.ts";
import { type Sent, type Vendor, VENDORS } from "./_vendors.ts";
import { addressesOf, everythingIn, notificationOf, wordsOf } from "./_words.ts";

const told = await tellEverything();
const pages = pagesOf(told);

for (const [name, page] of pages) {
  Deno.test(`${name} is what goes over the wire`, async () => {
    const golden = await Deno.readTextFile(new URL(name, FOLDER)).catch(() => "");
    const difference = differenceOf(golden, page);
    ok(
      difference === undefined,
      `messages/${name}, ${difference}\nWhere that is meant, run "deno task golden" and read the difference before you commit it.`,
    );
  });
}

Deno.test("there is no golden file for what is no longer sent, and all of them are small enough to read", async () => {
  const files = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name);
  equal(files.sort(), [...pages.keys()].sort());
  const bytes = [...pages.values()].reduce((sum, page) => sum + new TextEncoder().encode(page).length, 0);
  ok(bytes < 1_500_000, `${bytes} bytes`);
});

Deno.test("every vendor is told of every set that it gets, at every moment", () => {
  for (const { size, moment, language, sent } of told) {
    ok(sent.length > 0, `${size} ${moment} ${language}`);
  }
  equal(new Set(told.map(({ moment }) => moment)), new Set(MOMENTS));
});

forEach(
  "names the object of each alert, or counts it among those that are not listed",
  (messages, { alerts }) => {
    const words = messages.map(everythingIn).join("\n");
    const missing = alerts.filter(({ object }) => !words.includes(object));
    const counted = sum(messages.map((one) => unlistedIn(wordsOf(one))));
    ok(
      missing.length <= counted,
      `${missing.length} of ${alerts.length} are missing, and ${counted} are said to be: ${
        missing.slice(0, 5).map(({ object }) => object).join(", ")
      }`,
    );
  },
);

forEach("fits what the vendor takes", (messages) => {
  for (const { vendor, body, bytes } of messages) {
    const most = MOST_BYTES[vendor];
    if (most === undefined) continue;
    const counted = vendor === "email" ? bytesOf(String(body.html)) : contentOf(body) ?? bytes;
    ok(counted <= most, `${counted} bytes of at most ${most}`);
  }
});

forEach(
  "tells what and where in the first 20 characters of its notification",
  (messages, { alerts, size }) => {
    for (const one of messages) {
      // The text of OCP is sent unchanged: a vendor without titles shows its first line.
      if (size === "ocp" && !["dingtalk_robot", "feishu_robot"].includes(one.vendor)) continue;
      const notification = notificationOf(one);
      const start = [...notification].slice(0, 20).join("");
      const names = alerts.map(({ labels }) => labels.alertname!);
      ok(names.some((name) => start.includes([...name].slice(0, 8).join(""))), `no name in "${start}"`);
      // A mail's subject has the place after the name, and no place if the alerts share none.
      if (one.vendor === "email" && !["1", "3"].includes(size)) continue;
      const seen = one.vendor === "email" ? notification : start;
      const values = alerts.flatMap(({ labels }) =>
        Object.values(labels).filter((value) => !names.includes(value))
      );
      const words = seen.split(/[^\p{L}\p{N}.-]+/u).map((word) => word.replaceAll(/^[^\p{L}\p{N}]+/gu, ""));
      ok(
        words.some((word) => word.length >= 2 && values.some((value) => value.includes(word))),
        `no place in "${seen}" (${size})`,
      );
    }
  },
);

forEach("shows no label that is hidden", (messages) => {
  for (const one of messages) {
    const [shown] = /(?<![\w.])(job|prometheus|endpoint|metrics_path|uid|service|rule_\w+)=[^\s,，]+/
      .exec(wordsOf(one)) ?? [];
    equal(shown, undefined);
  }
});

forEach("has each link once", (messages, { size }) => {
  if (size === "ocp") return; // the text of OCP has the link, too
  for (const one of messages) {
    const addresses = addressesOf(one).filter((address) => !address.includes("/a/")); // an alert's own
    const halves = one.vendor === "email" ? 2 : 1; // a mail has its text and its page
    for (const address of new Set(addresses)) {
      const times = addresses.filter((other) => other === address).length;
      ok(times <= halves, `${times} × ${address}`);
    }
  }
});

forEach("says of a re-send that it still fires, never that it came again", (messages, { moment, size }) => {
  for (const one of messages) {
    const words = wordsOf(one);
    ok(!/又发生|since the last message|\bagain\b/i.test(words), words.slice(0, 500));
    if (moment === "repeat" && size !== "ocp") ok(/仍未恢复|still firing/i.test(words), words.slice(0, 500));
  }
});

forEach("says how long what is over has lasted, and shows no labels of it", (messages, { moment, size }) => {
  if (moment !== "resolved" || size === "ocp") return;
  for (const one of messages) {
    const words = wordsOf(one);
    ok(/持续|after \d|lasted/.test(words), words.slice(0, 500));
    ok(!/标签|Labels/.test(words), words.slice(0, 500));
  }
});

/** Defines a test of all messages for each vendor that people read. */
function forEach(does: string, check: (messages: readonly Sent[], about: Told) => void): void {
  for (const vendor of VENDORS) {
    if (vendor === "webhook" || vendor === "ocp") continue;
    Deno.test(`a message to ${vendor} ${does}`, async (t) => {
      for (const one of told) {
        const messages = one.sent.filter((sent) => sent.vendor === vendor);
        if (messages.length === 0) continue;
        await t.step(`${one.size} ${one.moment} ${one.language}`, () => check(messages, one));
      }
    });
  }
}

/** Limits of the request, or of the content if the vendor counts that. Some mail clients cut mails over 100 KB. */
const MOST_BYTES: Partial<Record<Vendor, number>> = {
  dingtalk_robot: 20_000,
  dingtalk_robot_text: 20_000,
  dingtalk_chat: 20_000,
  wecom_robot: 4_096,
  wecom_app: 2_048,
  feishu_robot: 20_000,
  email: 90 * 1_024,
};

/** WeCom counts the content. */
function contentOf({ markdown, markdown_v2, text }: Sent["body"]): number | undefined {
  const { content } = (markdown ?? markdown_v2 ?? text ?? {}) as { content?: unknown };
  return typeof content === "string" ? bytesOf(content) : undefined;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The number of alerts that a message says it does not list: at its top, or at the ends of its lists of names. */
function unlistedIn(words: string): number {
  const [, zh, en] = /另有 (\d+) 个|(\d+) more not listed/.exec(words) ?? [];
  return Number(zh ?? en ?? sum(Array.from(words.matchAll(/… \+(\d+)/g), ([, count]) => Number(count))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The first line that differs, and its case. */
function differenceOf(golden: string, page: string): string | undefined {
  if (golden === page) return undefined;
  const [was, is] = [golden.split("\n"), page.split("\n")];
  const at = is.findIndex((line, index) => line !== was[index]);
  const line = at === -1 ? is.length : at;
  const place = is.slice(0, line + 1).findLast((text) => text.startsWith("======== ")) ?? "its beginning";
  return `line ${line + 1}, in ${place}\n- ${was[line] ?? "(nothing)"}\n+ ${is[line] ?? "(nothing)"}`;
}
