import { existsSync, readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { openWeightsSource } from "../../src/formats/weights-source.ts";
import { runMutations } from "./mutation/run-mutations.ts";
import { weightTargets } from "./mutation/weight-targets.ts";

/** Weights come from strangers more often than data: 2,000 damaged files of each kind in every test run. */
const count = 2000;

describe.each(weightTargets.map((target) => [target.name, target] as const))(
  `${count} mutations of %s`,
  (_, target) => {
    test("none crashes, takes a second, exhausts memory, or does anything", { timeout: 600_000 }, async () => {
      const [report] = await runMutations([target], count, { firstSeed: 1_000_000 });
      expect(report.failures).toEqual([]);
      expect(report.refused).toBeGreaterThan(0);
    });
  },
);

const corpus = new URL("../corpus/weights/", import.meta.url);
test.skipIf(!existsSync(corpus))("files that once failed are values or refusals (test/corpus/weights)", () => {
  for (const name of readdirSync(corpus)) {
    const bytes = new Uint8Array(readFileSync(new URL(name, corpus)));
    const load = (): void => {
      for (const stored of openWeightsSource(memorySource(bytes, name)).tensors.values()) stored.load({ widen: true });
    };
    try {
      load();
    } catch (error) {
      expect(error).toBeInstanceOf(FoveaError);
    }
  }
});
