import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { comparable, REQUESTS } from "../routes/alertmanager_api/_requests.ts";
import { isInstalled } from "../kit/program.ts";
import { temporaryFolder } from "../kit/process.ts";
import { PROGRAM, startAlertmanager } from "./_alertmanager.ts";

Deno.test({
  name: `the table of posted requests has what a real Alertmanager answers (needs ${PROGRAM})`,
  ignore: !(await isInstalled(PROGRAM)),
  async fn(): Promise<void> {
    await using folder = await temporaryFolder();
    await using alertmanager = await startAlertmanager({
      folder: folder.path,
      webhook: { url: "http://127.0.0.1:1/" },
    });
    for (const { what, body, type = "application/json", status, answer, real } of REQUESTS) {
      const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": type },
        body,
      });
      const text = await response.text();
      const own = { status: response.status, ...text === "" ? {} : { answer: JSON.parse(text) } };
      const expected = real ? { status: real.status ?? status, ...real } : { status, answer };
      equal(
        comparable(own),
        comparable({
          status: expected.status,
          ...expected.answer === undefined ? {} : { answer: expected.answer },
        }),
        what,
      );
      if (real) ok(real.why !== "" && status !== real.status, `${what}: a difference has a reason`);
    }
  },
});
