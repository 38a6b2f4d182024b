import { writeSync } from "node:fs";
import { runMutations } from "../test/formats/mutation/run-mutations.ts";
import { targets } from "../test/formats/mutation/targets.ts";

/** The child of mutations.ts: `mutations-child.ts COUNT`. Writes synchronously, so that a crash leaves the file's name. */
const count = Number(process.argv[3] ?? 10_000);
const perTarget = Math.ceil(count / targets.length);
for (const target of targets) {
  const [report] = await runMutations([target], perTarget, {
    before: (file) => writeSync(1, `${JSON.stringify({ file })}\n`),
  });
  writeSync(1, `${JSON.stringify({ report })}\n`);
}
