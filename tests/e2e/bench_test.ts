import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { ROOT } from "../kit/process.ts";

async function bench(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=bench", "bench/main.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("the bench measures a figure beside its floor, says so in JSON, and its code tells whether it holds", async () => {
  const { code, stdout, stderr } = await bench(["--quick", "--json", "alarm_v2"]);
  const { ok: good, figures: [figure, ...others] } = JSON.parse(stdout);
  equal(others, []);
  equal([figure.name, figure.kind, figure.bound], ["alarm_v2", "ratio", { atMost: 2 }], stderr);
  ok(figure.floor > 0 && figure.value > 0);
  equal(figure.ratio, figure.value / figure.floor);
  equal(figure.values.length, figure.floors.length);
  equal(good, figure.ratio <= 2);
  equal(code, good ? 0 : 1);
});

Deno.test("the bench names the figures that it knows when it is asked for another one", async () => {
  const { code, stdout, stderr } = await bench(["speed"]);
  equal([code, stdout], [1, ""]);
  match(stderr, /there is no figure "speed"; there are accepts, duplicates, delivered, /);
});

Deno.test("the bench skips by name what needs a program that is not installed, and that is no failure", async () => {
  const { code, stdout, stderr } = await bench(["--quick", "--json", "alertmanager"], { PATH: "/nowhere" });
  const { ok: good, figures: [{ name, kind, because }] } = JSON.parse(stdout);
  equal([code, good, name, kind, because], [
    0,
    true,
    "alertmanager",
    "skipped",
    "prometheus-alertmanager is not installed",
  ], stderr);
});
