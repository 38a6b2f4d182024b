import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { train } from "fovea";
import { linePlot, markdownTable } from "fovea/report";
import { RunDirectory } from "fovea/train";

/** The arms: with the paper's long skips, and without any. */
const arms = ["concat", "none"] as const;
type Arm = (typeof arms)[number];
const steps = 800;

/**
 * Whether long skips make u-vit/tiny learn faster: validation loss of both arms over seeds, and the curves as a figure.
 * Runs lie in runs/u-vit and are gone on with when the command is given again. Source: u-vit section 9.3, gate 1.
 *
 * @param args threads (default 2), seeds (default `0,1,2`), and where runs lie
 */
export async function uVitSkips([
  threads = "2",
  seeds = "0,1,2",
  out = "runs/u-vit",
]: readonly string[]): Promise<void> {
  const runs = new Map<string, RunDirectory>();
  for (const seed of seeds.split(",").map(Number))
    for (const arm of arms) {
      const name = `gate-${arm}-${seed}`;
      const options = { out, threads: Number(threads), resume: existsSync(`${out}/${name}/run.json`) };
      const values = {
        seed,
        steps,
        model: { skip: arm },
        validation: { every: 100 },
        samples: { every: steps, count: 16 },
        checkpoints: { keep: 1 },
      };
      const { path } = await train("u-vit/tiny", name, { ...options, values });
      runs.set(name, RunDirectory.open(path));
    }
  const mean = (arm: Arm, metric: string, step: number): number => {
    const values = seeds.split(",").map((seed) => valueAt(runs.get(`gate-${arm}-${seed}`), metric, step));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const bars = [
    { metric: "val/loss", step: 600, bar: 0.85 },
    { metric: "val/loss", step: 800, bar: 0.85 },
    { metric: "val/lossFifth5", step: 800, bar: 0.6 },
  ];
  const rows = bars.map(({ metric, step, bar }) => {
    const [concat, none] = arms.map((arm) => mean(arm, metric, step)) as [number, number];
    const ratio = concat / none;
    const verdict = ratio <= bar ? "passed" : "FAILED";
    return [`${metric} at ${step}`, concat.toFixed(4), none.toFixed(4), ratio.toFixed(2), `≤ ${bar}`, verdict];
  });
  console.log(markdownTable({ columns: ["mean over seeds", "concat", "none", "ratio", "bar", ""], rows }));
  const series = arms.map((arm) => ({
    name: `skip ${arm}`,
    points: Array.from(
      { length: steps / 100 },
      (_, i) => [100 * (i + 1), mean(arm, "val/loss", 100 * (i + 1))] as const,
    ),
  }));
  mkdirSync(out, { recursive: true });
  writeFileSync(
    `${out}/gate.svg`,
    linePlot({ title: `Long skips, mean of seeds ${seeds}`, run: "u-vit/tiny", y: "validation loss", series }),
  );
  console.log(`${out}/gate.svg: the curves`);
  console.log(`${cpus()[0]?.model.trim() ?? ""}, ${threads} threads; ${new Date().toISOString().slice(0, 10)}`);
}

function valueAt(run: RunDirectory | undefined, metric: string, step: number): number {
  const value = run?.metrics().findLast((line) => line.step === step && metric in line)?.[metric];
  if (value === undefined) throw new Error(`${run?.name ?? "a run"} has no ${metric} at step ${step}`);
  return value;
}
