import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readWeights } from "../../src/train/initial-weights.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { foveaHere } from "./fovea-here.ts";
import { type Ended, jsonLines } from "./fovea-process.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-plan-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Two modules of one block in a network that trains in milliseconds a step. */
const small = [
  "deep-incubation/test",
  'modules={"depths":[1,1]}',
  'model={"family":"vit","width":16,"heads":2,"depth":2,"patchSize":8}',
  "data.count=128",
  "data.valCount=32",
  'phases={"meta":{"epochs":1},"module":{"epochs":1},"tuning":{"epochs":1}}',
  "warmupEpochs=0",
];
const flags = ["--out", out, "--threads", "1"];
const train = (name: string, workers: number): Promise<Ended> =>
  foveaHere(["train", ...small, "--name", name, "--workers", `${workers}`, ...flags, "--json"], out);

const weightsOf = (name: string) => readWeights(RunDirectory.open(name, out).checkpoint("last").path);
const ids = ["meta", "module-0", "module-1", "assembly", "tuning"];
let first: Ended;

beforeAll(async () => {
  first = await train("one", 1);
});

test("a recipe of several runs makes a folder with each of them, and a report of all", () => {
  expect(first.code, first.stderr).toBe(0);
  expect(jsonLines(first.stdout).at(-1)).toMatchObject({ event: "end", jobs: { done: 5 }, modules: 2 });
  for (const id of ids) expect(RunDirectory.open(`one/${id}`, out).readInfo().status, id).toBe("done");
  const report = readFileSync(join(out, "one", "report.html"), "utf8");
  for (const heading of ["What learns when", "Accuracy", "Cost", "Modules", "Fine-tuning"])
    expect(report).toContain(heading);
});

test("called again, or resumed by its folder's name, it skips what is done", async () => {
  for (const again of [await train("one", 1), await foveaHere(["train", "--resume", "one", ...flags, "--json"], out)]) {
    expect(again.code, again.stderr).toBe(0);
    expect(jsonLines(again.stdout).map((line) => line["event"])).toEqual(["end"]); // nothing started
  }
});

test("two workers make the same bits", async () => {
  const two = await train("two", 2);
  expect(two.code, two.stderr).toBe(0);
  for (const id of ids) expect(weightsOf(`two/${id}`), id).toEqual(weightsOf(`one/${id}`));
});

test("show prints what waits for what, and the time on one, two and as many machines as help", async () => {
  const { code, stdout } = await foveaHere(["show", "one", "--out", out, "--json"], out);
  expect(code).toBe(0);
  const [plan] = jsonLines(stdout);
  expect(plan).toMatchObject({ plan: "deep-incubation/test", machines: [{ machines: 1 }, { machines: 2 }] });
  const runs = plan["runs"] as { id: string; waitsFor: string[]; flops: number }[];
  expect(runs.map(({ id, waitsFor }) => [id, waitsFor])).toEqual([
    ["meta", []],
    ["module-0", ["meta"]],
    ["module-1", ["meta"]],
    ["assembly", ["module-0", "module-1"]],
    ["tuning", ["assembly"]],
  ]);
  const people = await foveaHere(["show", "one", "--out", out], out);
  expect(people.stdout).toMatch(/module-1 +meta .*\n[^]*on 2 machines like this one\n.*the longest chain/);
});

test("modules that came from elsewhere are assembled to the same network", async () => {
  const parts = [join(out, "one/module-0"), join(out, "two/module-1")];
  const { code, stderr } = await foveaHere(["assemble", ...parts, "--name", "whole", ...flags], out);
  expect(code, stderr).toBe(0);
  expect(weightsOf("whole")).toEqual(weightsOf("one/assembly"));
  const wrong = await foveaHere(["assemble", parts[0], "--name", "half", ...flags], out);
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain("1 modules do not fill 2 places");
  expect(existsSync(join(out, "half"))).toBe(false);
});
