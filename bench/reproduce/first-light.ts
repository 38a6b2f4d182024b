import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { evaluate, train } from "fovea";
import { meanAndDeviation } from "fovea/metrics";
import { markdownTable } from "fovea/report";

/**
 * Accuracy of classify/tiny with and without pre-training by data-scaling/tiny, mean of three seeds. Runs lie in
 * runs/first-light and are gone on with when the command is given again.
 *
 * @param args data root (default ../shared/data/cifar10; `world` for the embedded set), threads, and seeds: `0,1,2`
 */
export async function firstLight([
  root = "../shared/data/cifar10",
  threads = "2",
  seeds = "0,1,2",
]: readonly string[]): Promise<void> {
  if (root !== "world" && !existsSync(root)) throw new Error(`${root} is not there: give a data root, or world`);
  const data = root === "world" ? {} : { root };
  const options = { out: "runs/first-light", threads: Number(threads) };
  const run = async (recipe: string, name: string, values: object): Promise<string> => {
    const directory = `${options.out}/${name}`;
    const resume = existsSync(`${directory}/run.json`);
    return (await train(recipe, name, { ...options, resume, values: { data, ...values } })).path;
  };
  const rows: (readonly [string, number, number])[] = [];
  for (const seed of seeds.split(",").map(Number)) {
    const pretrained = await run("data-scaling/tiny", `pretrain-${seed}`, { seed });
    const with_ = await run("classify/tiny", `finetune-${seed}`, { seed, init: { from: pretrained } });
    const without = await run("classify/tiny", `scratch-${seed}`, { seed });
    const [a, b] = [await accuracy(with_), await accuracy(without)];
    rows.push([`seed ${seed}`, a, b]);
    console.log(`seed ${seed}: pre-trained ${a.toFixed(2)}%, from scratch ${b.toFixed(2)}%`);
  }
  const [on, off] = [1, 2].map((column) => meanAndDeviation(rows.map((row) => row[column] as number))); // both columns hold numbers
  const shown = (value: typeof on): string =>
    value === undefined ? "" : `${value.mean.toFixed(2)} ± ${value.deviation.toFixed(2)}`;
  console.log(
    markdownTable({
      columns: ["accuracy, %", "pre-trained, then fine-tuned", "from scratch"],
      rows: [
        ...rows.map(([name, a, b]) => [name, a.toFixed(2), b.toFixed(2)]),
        ["mean ± standard deviation", shown(on), shown(off)],
      ],
    }),
  );
  console.log(
    `data ${root}; ${cpus()[0]?.model.trim() ?? ""}, ${threads} threads; ${new Date().toISOString().slice(0, 10)}`,
  );
}

/** Accuracy in percent of the last checkpoint on the whole held-out split that the recipe names. */
async function accuracy(run: string): Promise<number> {
  const { metrics } = await evaluate(run, { checkpoint: "last" });
  return 100 * (metrics["val/accuracy"] ?? NaN);
}
