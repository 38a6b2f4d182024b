// Stands for the trainer: does what its run's labels say. Plain JavaScript, because it is a process of its own.
import { appendFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const directory = process.argv[2];
const job = JSON.parse(readFileSync(join(directory, "job.json"), "utf8"));
const { does = "done", times = 0 } = job.run.labels;
const log = join(directory, "starts.log");
const before = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0;
appendFileSync(log, `${process.pid}\n`);
process.send({ kind: "progress", event: { event: "step", step: 1, steps: 2, metrics: { loss: 1 } } });

if (does === "slow" && before < times) {
  process.on("SIGTERM", () => process.exit(143));
  await sleep(60_000);
}
if (does === "deaf" && before < times) {
  process.on("SIGTERM", () => {});
  await sleep(60_000);
}
if (does === "fail" && before < times) end(1, `attempt ${before + 1} failed`);
if (does === "refuse") end(2, "recipe of toy: steps: too small (got 0)");
if (does === "busy" && before < times) end(75, "the run is being written");
if (does === "die" && before < times) {
  process.stderr.write("Segmentation fault ahead\n");
  await sleep(20);
  process.kill(process.pid, "SIGKILL");
  await sleep(60_000);
}
if (does === "progress-die" && before < times) {
  mkdirSync(join(directory, "checkpoints", String(before + 1).padStart(8, "0")), { recursive: true });
  writeFileSync(join(directory, "checkpoints", String(before + 1).padStart(8, "0"), "meta.json"), "{}");
  process.kill(process.pid, "SIGKILL");
  await sleep(60_000);
}
const result = { job: job.id, attempt: before + 1, step: 2, metrics: {}, seconds: 0, ended: new Date().toISOString() };
// whole or not there at all, as the real child makes it
const written = join(directory, `.result-${process.pid}`);
writeFileSync(written, JSON.stringify(result));
linkSync(written, join(directory, "result.json"));
rmSync(written);
end(0);

function end(code, words) {
  if (words !== undefined) process.stderr.write(`${words}\n`);
  process.exitCode = code;
  process.disconnect();
  process.exit(code);
}
