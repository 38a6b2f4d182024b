import { describe, expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { mutant } from "./mutant.ts";
import { runMutations } from "./run-mutations.ts";
import { targets } from "./targets.ts";

/** Damaged files of each reader; 10,000 in all and more by `npm run bench -- mutations`. */
const count = 200;

describe.each(targets.map((target) => [target.name, target] as const))("%s", (_, target) => {
  test("at least ten undamaged files are read, or refused where they are hostile", async () => {
    expect(target.seeds.length).toBeGreaterThanOrEqual(10);
    if (target.hostile === true) for (const seed of target.seeds) expect(() => target.read(seed)).toThrow(FoveaError);
    else for (const seed of target.seeds) expect(await target.read(seed)).toBeDefined();
  });

  test(`${count} damaged files and its attacks: values or refusals, within a second and 64 MiB`, async () => {
    const [report] = await runMutations([target], count);
    expect(report.failures).toEqual([]);
    expect(report.read + report.refused).toBe(count);
    expect(report.refused).toBeGreaterThan(0);
  });
});

test("a seed gives the same damage each time", () => {
  for (const target of targets) expect(mutant(target, 7)).toEqual(mutant(target, 7));
});
