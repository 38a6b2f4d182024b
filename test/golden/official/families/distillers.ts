import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { type Module, parameters, prepare } from "../../../../src/nn/module.ts";
import { loadStateDict } from "../../../../src/nn/state-dict.ts";
import { type Buffer } from "../../../../src/nn/parameter.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { ActivationBoundaries } from "../../../../src/systems/knowledge-condensation/distillers/abound.ts";
import { AttentionTransfer } from "../../../../src/systems/knowledge-condensation/distillers/attention.ts";
import { Correlation } from "../../../../src/systems/knowledge-condensation/distillers/correlation.ts";
import { Crd } from "../../../../src/systems/knowledge-condensation/distillers/crd.ts";
import type {
  DistillationBatch,
  Distiller,
  FeatureShapes,
  NetworkOutputs,
} from "../../../../src/systems/knowledge-condensation/distillers/distiller.ts";
import { FactorTransfer } from "../../../../src/systems/knowledge-condensation/distillers/factor.ts";
import { Fsp } from "../../../../src/systems/knowledge-condensation/distillers/fsp.ts";
import { Hint } from "../../../../src/systems/knowledge-condensation/distillers/hint.ts";
import { Nst } from "../../../../src/systems/knowledge-condensation/distillers/nst.ts";
import { Pkt } from "../../../../src/systems/knowledge-condensation/distillers/pkt.ts";
import { Regressor } from "../../../../src/systems/knowledge-condensation/distillers/regressor.ts";
import { Rkd } from "../../../../src/systems/knowledge-condensation/distillers/rkd.ts";
import { Similarity } from "../../../../src/systems/knowledge-condensation/distillers/similarity.ts";
import { totalLoss } from "../../../../src/systems/knowledge-condensation/distillers/total-loss.ts";
import { Vid } from "../../../../src/systems/knowledge-condensation/distillers/vid.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";

/** Every loss of dzy3/KCD's distiller_zoo and crd on given features, with the modules that they train. */
export const distillerLosses: OfficialFamily = {
  fits: ({ system, official: { classes } }) => system === "knowledge-condensation" && classes.includes("DistillKL"),
  build(official) {
    return {
      runs: [
        logits(official),
        ...plain(official),
        hint(official),
        correlation(official),
        vid(official),
        abound(official),
        factor(official),
        crd(official),
        regressors(official),
      ].filter((run) => run !== undefined),
    };
  },
};

/** Inputs of the graph for stored tensors. */
class Inputs {
  readonly feeds: Record<string, HostTensor> = {};
  readonly leaves = new Map<string, Tensor>();

  constructor(private readonly official: OfficialCase) {}

  get(name: string): Tensor {
    const known = this.leaves.get(name);
    if (known !== undefined) return known;
    const value = this.official.io(name);
    this.feeds[name] = value;
    const leaf = input(name, value.shape, value.dtype);
    this.leaves.set(name, leaf);
    return leaf;
  }

  /** What `grad/in/X` is taken by: `PREFIX/in/X` where a run has inputs of its own, else `in/X`. */
  wanted(run: string, name: string): Tensor | undefined {
    const short = name.replace(/^in\//, "");
    return this.leaves.get(`${run}/in/${short}`) ?? this.leaves.get(`in/${short}`);
  }
}

/** Features `PREFIX0`, `PREFIX1`, … of a case. */
const listed = (official: OfficialCase, prefix: string): string[] =>
  official.names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .sort((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)));

function outputs(inputs: Inputs, names: readonly string[], logits?: string): NetworkOutputs {
  const features = names.map((name) => inputs.get(name));
  return { features, preactivations: features, logits: logits === undefined ? features[0] : inputs.get(logits) };
}

function batchOf(official: OfficialCase, inputs: Inputs): DistillationBatch {
  const none = inputs.get("in/label");
  return {
    student: outputs(inputs, listed(official, "in/s"), "in/logit_s"),
    teacher: outputs(inputs, listed(official, "in/t"), "in/logit_t"),
    labels: none,
    indices: none,
    extra: {},
  };
}

function shapesOf(official: OfficialCase): FeatureShapes {
  const shapes = (prefix: string) => listed(official, prefix).map((name) => official.io(name).shape);
  return { student: shapes("in/s"), teacher: shapes("in/t") };
}

/** The states of a module out of the case's file: `rename` turns ours into the file's. */
function loaded(official: OfficialCase, module: Module, rename: (name: string) => string): Map<string, HostTensor> {
  prepare(module);
  const stored = official.weights();
  const values = new Map<string, HostTensor>();
  for (const name of statesOf(module)) {
    const found = stored.get(rename(name));
    if (found !== undefined) values.set(name, found.load({ widen: true }));
  }
  return loadStateDict(module, values).states;
}

function statesOf(module: Module): string[] {
  const names: string[] = [];
  const found = loadStateDict(module, new Map(), { strict: false });
  names.push(...found.missing);
  return names;
}

/** A run of one loss whose gradient names `official → ours`. */
function run(
  official: OfficialCase,
  name: string,
  module: Module,
  { build, rename = (own) => own, gradientName = (own) => own }: RunParts,
): OfficialRun | undefined {
  if (!official.names.includes(`${name}/out/loss`)) return undefined;
  const inputs = new Inputs(official);
  const states = loaded(official, module, rename);
  const own = parameters(module);
  const { result } = trace({ training: true }, () => build(inputs));
  const byOfficial = new Map([...own].map(([ours, parameter]) => [gradientName(ours), parameter]));
  return {
    outputs: result,
    states,
    feeds: inputs.feeds,
    gradients: [
      {
        prefix: `${name}/grad/`,
        of: result[`${name}/out/loss`],
        parameter: (wanted) => inputs.wanted(name, wanted) ?? byOfficial.get(wanted),
      },
    ],
  };
}

interface RunParts {
  build(inputs: Inputs): Record<string, Tensor>;
  /** Our state's name in the file. */
  rename?(name: string): string;
  /** Our parameter's name among the case's gradients. */
  gradientName?(name: string): string;
}

function logits(official: OfficialCase): OfficialRun {
  const inputs = new Inputs(official);
  const { temperature } = official.config as { temperature: number };
  const common = {
    student: inputs.get("in/logit_s"),
    teacher: inputs.get("in/logit_t"),
    labels: inputs.get("in/label"),
    feature: undefined,
    temperature,
  };
  const [ce, kd] = weightsOfTotal(official);
  const losses = {
    kd: totalLoss({ ...common, weights: { crossEntropy: 0, kd: 1, feature: 0 } }),
    total: totalLoss({ ...common, weights: { crossEntropy: ce, kd, feature: 0 } }),
  };
  return {
    outputs: { "kd/out/loss": losses.kd, "total/out/loss": losses.total },
    feeds: inputs.feeds,
    gradients: Object.entries(losses).map(([name, of]) => ({
      prefix: `${name}/grad/`,
      of,
      parameter: (wanted) => inputs.wanted(name, wanted),
    })),
  };
}

/** `0.1 cross entropy + 0.9 KL`, from the manifest. */
function weightsOfTotal({ json }: OfficialCase): [number, number] {
  const about = (json["tensors"] as Record<string, { about?: string }>)["total/out/loss"].about ?? "";
  const [, ce = "0.1", kd = "0.9"] = /([\d.]+) cross entropy \+ ([\d.]+) KL/.exec(about) ?? [];
  return [Number(ce), Number(kd)];
}

/** Losses without modules of their own. */
function plain(official: OfficialCase): (OfficialRun | undefined)[] {
  const losses: Readonly<Record<string, Distiller>> = {
    attention: new AttentionTransfer(),
    similarity: new Similarity(),
    rkd: new Rkd(),
    pkt: new Pkt(),
    nst: new Nst(),
  };
  const ofFeatures = Object.entries(losses).map(([name, distiller]) =>
    run(official, name, distiller, {
      build: (inputs) => ({ [`${name}/out/loss`]: distiller.loss(batchOf(official, inputs)) }),
    }),
  );
  return [...ofFeatures, fsp(official)];
}

function fsp(official: OfficialCase): OfficialRun | undefined {
  const names = { student: listed(official, "fsp/in/a"), teacher: listed(official, "fsp/in/b") };
  const shapes = (list: readonly string[]) => [...list.map((name) => official.io(name).shape), [1, 1]];
  const distiller = new Fsp({ student: shapes(names.student), teacher: shapes(names.teacher) });
  return run(official, "fsp", distiller, {
    build(inputs) {
      // the list ends in the pooled vector, which is not used
      const [student, teacher] = [names.student, names.teacher].map((list) => outputs(inputs, [...list, list[0]]));
      return { "fsp/out/loss": distiller.flowLoss({ student, teacher }) };
    },
  });
}

function hint(official: OfficialCase): OfficialRun | undefined {
  const distiller = new Hint(shapesOf(official));
  return run(official, "hint", distiller, {
    rename: (name) => name.replace(/^regressor\./, "hint."),
    gradientName: (name) => name.replace(/^regressor\./, ""),
    build(inputs) {
      const batch = batchOf(official, inputs);
      return {
        "hint/out/regressed": distiller.regressor.forward(batch.student.features[2]),
        "hint/out/loss": distiller.loss(batch),
      };
    },
  });
}

function correlation(official: OfficialCase): OfficialRun | undefined {
  const width = official.weights().get("correlation_s.linear.weight")?.shape[0] ?? 128;
  const distiller = new Correlation(shapesOf(official), { width });
  const rename = (name: string): string => name.replace(/^embed_/, "correlation_");
  return run(official, "correlation", distiller, {
    rename,
    gradientName: rename,
    build: (inputs) => ({ "correlation/out/loss": distiller.loss(batchOf(official, inputs)) }),
  });
}

function vid(official: OfficialCase): OfficialRun | undefined {
  const distiller = new Vid(shapesOf(official));
  return run(official, "vid", distiller, {
    rename: (name) => name.replace(/^pairs\./, "vid."),
    gradientName: (name) => name.replace(/^pairs\./, ""),
    build: (inputs) => ({ "vid/out/loss": distiller.loss(batchOf(official, inputs)) }),
  });
}

function abound(official: OfficialCase): OfficialRun | undefined {
  const distiller = new ActivationBoundaries(shapesOf(official));
  return run(official, "abound", distiller, {
    rename: (name) => `abound.${name}`,
    build: (inputs) => ({ "abound/out/loss": distiller.boundaryLoss(batchOf(official, inputs)) }),
  });
}

function factor(official: OfficialCase): OfficialRun | undefined {
  const factors = official.weights().get("factor_t.encoder.3.weight")?.shape ?? [1, 2];
  const distiller = new FactorTransfer(shapesOf(official), { rate: factors[0] / factors[1] });
  const rename = (name: string): string =>
    name.replace(/^translator\./, "factor_s.").replace(/^paraphraser\./, "factor_t.");
  return run(official, "factor", distiller, {
    rename,
    gradientName: rename,
    build(inputs) {
      const batch = batchOf(official, inputs);
      const map = batch.teacher.features.at(-2) as Tensor; // the list has five
      return {
        "factor/out/reconstruction": distiller.paraphraser.reconstruct(map),
        "factor/out/loss": distiller.loss(batch),
      };
    },
  });
}

/** Two calls, the second on what the first has left in the memory. */
function crd(official: OfficialCase): OfficialRun | undefined {
  const stored = official.weights();
  const [samples, width] = stored.get("crd.contrast.memory_v1")?.shape ?? [1, 1];
  const params = stored.get("crd.contrast.params")?.load({ widen: true }).data ?? [];
  const [negatives, temperature, , , momentum] = Array.from(params as ArrayLike<number>, Number);
  const features = [official.io("crd/in/s4").shape, official.io("crd/in/t4").shape];
  const shapes = { student: [features[0]], teacher: [features[1]] };
  const distiller = new Crd(shapes, { samples, width, negatives, temperature, momentum });
  const { memory_v1, memory_v2, params: settings } = distiller.contrast;
  const inputs = new Inputs(official);
  const states = loaded(official, distiller, (name) => `crd.${name}`);
  const { result, updates } = trace({ training: true }, () => {
    const indices = inputs.get("crd/in/index");
    const [s, t] = [inputs.get("crd/in/s4"), inputs.get("crd/in/t4")];
    const of = (feature: Tensor): NetworkOutputs => ({
      logits: feature,
      features: [feature],
      preactivations: [feature],
    });
    const call = (student: Tensor, teacher: Tensor): Tensor =>
      distiller.loss({
        student: of(student),
        teacher: of(teacher),
        labels: indices,
        indices,
        extra: { samples: inputs.get("crd/in/samples") },
      });
    return [call(s, t), call(s.mul(0.5).add(0.2), t.mul(0.7))] as const;
  });
  const after = (buffer: Buffer): Tensor => updates.get(buffer) ?? buffer;
  const loss = result[0].add(result[1]);
  const own = parameters(distiller);
  return {
    outputs: {
      "crd/out/first": result[0],
      "crd/out/second": result[1],
      "crd/out/loss": loss,
      "crd/out/z": after(settings).slice(0, 2, 4),
      "crd/out/memory_v1": after(memory_v1),
      "crd/out/memory_v2": after(memory_v2),
    },
    states,
    feeds: inputs.feeds,
    gradients: [{ prefix: "crd/grad/", of: loss, parameter: (name) => inputs.wanted("crd", name) ?? own.get(name) }],
  };
}

/** Regressors that enlarge a map and that shrink it by a valid convolution. */
function regressors(official: OfficialCase): OfficialRun {
  const inputs = new Inputs(official);
  const states = new Map<string, HostTensor>();
  const outputs: Record<string, Tensor> = {};
  for (const name of ["up", "same"]) {
    const [from, to] = [official.io(`regressors/in/${name}`), official.io(`regressors/out/${name}`)];
    const module = prepare(new Regressor(from.shape, to.shape), `hint_${name}`);
    for (const [key, value] of loaded(official, module, (own) => own)) states.set(key, value);
    outputs[`regressors/out/${name}`] = trace({ training: true }, () =>
      module.forward(inputs.get(`regressors/in/${name}`)),
    ).result;
  }
  return { outputs, states, feeds: inputs.feeds };
}
