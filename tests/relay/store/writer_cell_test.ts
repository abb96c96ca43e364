import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Database } from "../../../relay/store/database.ts";
import { type CommitOutcome, WriterCell } from "../../../relay/store/writer_cell.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";

const WINDOW = ["window", "f"];
const LOG = ["log", "page"];

/** A cell whose commits check that there is no window, and write to the log. */
async function opened(): Promise<{
  kv: Deno.Kv;
  faulty: ReturnType<typeof faultyKv>;
  commit: () => Promise<CommitOutcome>;
}> {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const view = new Database(faulty.kv, { deadline: 5_000 }).of("the alerts");
  const cell = new WriterCell(view);
  const build = (): ReturnType<typeof view.atomic> =>
    view.atomic().check({ key: WINDOW, versionstamp: null }).set(LOG, "stored");
  return { kv, faulty, commit: () => cell.commit(build, [WINDOW]) };
}

Deno.test("a refused commit brings what was to be read again", async () => {
  const { kv, commit } = await opened();
  await kv.set(WINDOW, "another instance's");
  const outcome = await commit();
  equal(outcome.kind === "refused" && outcome.entries.map(({ value }) => value), ["another instance's"]);
  equal((await kv.get(LOG)).value, null);
  kv.close();
});

Deno.test("a commit is refused only once no earlier attempt of it can land any more", async () => {
  const { kv, faulty, commit } = await opened();
  faulty.onCommit = async (number) => {
    if (number === 0) return "lands late";
    if (number === 1) await kv.set(WINDOW, "another instance's"); // the second attempt is refused
    return undefined;
  };
  equal((await commit()).kind, "refused");
  await kv.delete(WINDOW); // and then the first one could land
  equal(await faulty.landLate(), 0);
  equal((await kv.get(LOG)).value, null);
  kv.close();
});

Deno.test("an attempt that lands while it is shut out has landed", async () => {
  const { kv, faulty, commit } = await opened();
  faulty.onCommit = async (number) => {
    if (number === 0) return "lands late";
    if (number === 1) await kv.set(WINDOW, "another instance's");
    // The one that is to shut the first one out.
    if (number === 2) {
      await kv.delete(WINDOW);
      equal(await faulty.landLate(), 1);
    }
    return undefined;
  };
  const outcome = await commit();
  equal([outcome.kind, (await kv.get(LOG)).value], ["landed", "stored"]);
  kv.close();
});

Deno.test("after a commit that was given up the next one makes its landing impossible", async () => {
  const { kv, faulty, commit } = await opened();
  faulty.onCommit = () => "lands late";
  await rejects(commit(), /cut off/);
  faulty.onCommit = () => undefined;
  await kv.set(WINDOW, "another instance's");
  equal((await commit()).kind, "refused");
  await kv.delete(WINDOW);
  equal((await commit()).kind, "landed");
  await kv.delete(LOG);
  equal(await faulty.landLate(), 0);
  kv.close();
});
