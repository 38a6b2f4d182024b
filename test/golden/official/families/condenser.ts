import { z } from "zod";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { Condenser } from "../../../../src/systems/knowledge-condensation/condenser.ts";
import { applyMixes } from "../../../../src/systems/knowledge-condensation/mixing.ts";
import { entropy } from "../../../../src/systems/knowledge-condensation/value-estimates.ts";
import { input } from "../../../../src/graph/leaf.ts";
import { program } from "../../../../src/graph/program.ts";
import { compile } from "../../../../src/runtime/compile.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";

const config = z.object({
  points: z.number(),
  keep: z.number(),
  epochs_per_stage: z.number(),
  stages: z.number(),
});

/** Ranking, kept and lost points and mixed pixels of dzy3/KCD's data set, stage by stage: v3 mixes, v2 does not. */
export const condensing: OfficialFamily = {
  fits: ({ system, official }) =>
    system === "knowledge-condensation" && official.classes.some((name) => name.startsWith("SuperCIFAR100Instance")),
  async build(official) {
    const entropies = await entropiesOf(official.io("in/logits"));
    const results = new Map([...stages(official, entropies, "v3"), ...stages(official, entropies, "v2")]);
    return { runs: [], results: new Map([...results].filter(([name]) => official.names.includes(name))) };
  },
};

/** [epochs, points] */
async function entropiesOf(logits: HostTensor): Promise<HostTensor> {
  const [epochs, points, classes] = logits.shape;
  const rows = entropy(input("logits", [epochs * points, classes])).reshape([epochs, points]);
  await using executable = await compile(program({ outputs: { rows } }), { threads: 1 });
  const outputs = await executable.run({ logits: { ...logits, shape: [epochs * points, classes] } });
  return outputs.get("rows") as HostTensor; // its own output
}

function stages(official: OfficialCase, entropies: HostTensor, version: "v3" | "v2"): Map<string, HostTensor> {
  const { points, keep, epochs_per_stage: epochsPerStage, stages: count } = config.parse(official.config);
  const condenser = new Condenser({
    count: points,
    keep,
    epochsPerStage,
    by: "entropy",
    mix: version === "v3",
    seed: 0,
  });
  const pixels = Uint8Array.from(official.io("in/pixels").data as Uint8Array);
  const shape = official.io("in/pixels").shape;
  const epochs = entropies.shape[0];
  const record = new Float64Array(points * epochs).fill(-1);
  const results = new Map<string, HostTensor>();
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const point of condenser.kept) {
      const value = Number(entropies.data[(epoch - 1) * points + point]);
      condenser.observe(point, value);
      record[point * epochs + epoch - 1] = value;
    }
    const done = condenser.endEpoch(epoch);
    if (done === undefined || epoch / epochsPerStage > count) continue;
    applyMixes(pixels, pixels.length / points, done.mixes);
    const prefix = `${version}/stage${epoch / epochsPerStage - 1}`;
    results.set(`${prefix}/remain`, indices(condenser.kept));
    results.set(`${prefix}/lost`, indices(done.mixes.lost));
    results.set(`${prefix}/border`, indices(done.mixes.border));
    results.set(`${prefix}/pixels`, hostTensor("uint8", shape, pixels.slice()));
  }
  results.set(`${version}/record`, hostTensor("float64", [points, epochs], record));
  return results;
}

const indices = (values: Int32Array): HostTensor =>
  hostTensor("int64", [values.length], BigInt64Array.from(values, BigInt));
