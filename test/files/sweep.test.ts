import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { type Scenario, scenarios } from "./sweep/states.ts";
import { disturbed, errnos, type Outcome, type Point, pointsOf, whyNoStrace } from "./sweep/strace.ts";

/**
 * `FOVEA_SWEEP=full`: each of the five errors at each call, once and from there on. Else each call meets one of them
 * once, and each call that changes something also one from there on; `faults.test.ts` has the full product in-process.
 */
const full = process.env.FOVEA_SWEEP === "full";
const reason = whyNoStrace();
if (reason !== undefined) console.warn(`kill and error sweeps skipped: ${reason}`);

interface Disturbance {
  readonly point: Point;
  readonly injection: string;
  readonly onwards: boolean;
}

/** Half a minute on two free cores; a busy machine may take several times as long. */
vi.setConfig({ testTimeout: 900_000 });

describe.skipIf(reason !== undefined).each(Object.keys(scenarios))("%s, disturbed at every file call", (name) => {
  const scenario: Scenario = scenarios[name];
  let root: string;
  let template: string;
  let points: Point[];
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), `fovea-sweep-${name}-`));
    template = join(root, "template");
    scenario.prepare(template);
    let copies = 0;
    points = pointsOf(name, () => copyOf(`undisturbed-${copies++}`));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  function copyOf(label: string): string {
    cpSync(template, join(root, label), { recursive: true });
    return join(root, label);
  }

  async function sweep(disturbances: readonly Disturbance[], check: (outcome: Outcome) => void): Promise<void> {
    const queue = disturbances.map((disturbance, i) => ({ ...disturbance, label: `${disturbance.injection}-${i}` }));
    const lane = async (): Promise<void> => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const directory = copyOf(job.label);
        const outcome = await disturbed(name, directory, job.point, job.injection, job.onwards);
        await judged(outcome, directory, check);
        rmSync(directory, { recursive: true });
      }
    };
    await Promise.all([lane(), lane()]);
  }

  async function judged(outcome: Outcome, directory: string, check: (outcome: Outcome) => void): Promise<void> {
    try {
      check(outcome);
      await scenario.judge(directory, outcome.did);
    } catch (error) {
      throw new Error(`${outcome.point}: ${(error as Error).message}\n${outcome.stderr}`, { cause: error });
    }
  }

  test("SIGKILL loses nothing acknowledged and leaves nothing half-visible", async () => {
    expect(points.length).toBeGreaterThan(8);
    const kills = points.map((point) => ({ point, injection: "signal=KILL", onwards: false }));
    let killed = 0;
    await sweep(kills, ({ end }) => {
      expect(["SIGKILL", 0]).toContain(end);
      if (end === "SIGKILL") killed++;
    });
    expect(killed).toBeGreaterThan(points.length - 3); // the last ones may lie behind the end when numbers shift
  });

  test("an error is never silent, loses nothing acknowledged and leaves nothing half-visible", async () => {
    const errors = points.flatMap((point, i) =>
      errnos.flatMap((errno, j) => {
        const disturbance = { point, injection: `error=${errno}` };
        const once = full || (i + j) % 5 === 0;
        const onwards = full || ((i + j) % 5 === 3 && !/^(close|pread64|getdents64)$/.test(point.call));
        return [
          ...(once ? [{ ...disturbance, onwards: false }] : []),
          ...(onwards ? [{ ...disturbance, onwards: true }] : []),
        ];
      }),
    );
    await sweep(errors, ({ point, end }) => {
      // 3: refused with a FoveaError; SIGABRT: Node ends itself when it cannot wake its own threads by `write`
      expect(point.includes("inject=write") ? [3, "SIGABRT"] : [0, 3]).toContain(end);
      if (/inject=(fsync|ftruncate|rename|link):/.test(point)) expect(end).toBe(3);
    });
  });
});
