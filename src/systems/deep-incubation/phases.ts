import type { Tensor } from "../../graph/tensor.ts";
import type { DividedNetwork } from "../../models/divided-network.ts";
import { describePretrained } from "../../models/load-pretrained.ts";
import { softCrossEntropy } from "../../nn/losses/cross-entropy.ts";
import { type Module, parameters, prepare } from "../../nn/module.ts";
import type { Parameter } from "../../nn/parameter.ts";
import type { StateDict } from "../../nn/state-dict.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import type { TaskContext } from "../../train/task.ts";
import { assembledWeights } from "./assembly.ts";
import { type BackboneRecipe, divisionsOf, layoutOf, networkOf, type NetworkSize } from "./backbone.ts";
import { type Division, hybridDivision } from "./division.ts";
import { hybridLogits } from "./hybrid.ts";
import { imitationLoss } from "./imitation.ts";
import { metaHash, MetaRecord, recordName, recordOf, recordRole } from "./meta-record.ts";
import { moduleOf, moduleStates, placed } from "./module-states.ts";
import type { IncubationRecipe } from "./schema.ts";

/** What a phase trains, and by what. */
export interface PhaseParts {
  readonly networks: Readonly<Record<string, Module>>;
  /** The network that is evaluated. */
  readonly network: DividedNetwork;
  readonly trained: ReadonlyMap<string, Parameter>;
  /** Scalar of images [B, 3, S, S] and targets [B, K]. */
  loss(images: Tensor, targets: Tensor): Tensor;
  /** First values that are not random. */
  readonly initial?: StateDict;
}

export interface PhaseContext {
  readonly size: NetworkSize;
  readonly log: TaskContext["log"];
}

/** The four phases of section 4.1; an assembly is the target with no step to train. */
export function phaseParts(recipe: IncubationRecipe, context: PhaseContext): PhaseParts {
  const { target, meta } = divisionsOf(recipe.model, recipe.modules);
  if (recipe.phase === "module") return modulePhase(recipe, { target, meta }, context);
  return wholePhase(recipe, recipe.phase === "meta" ? meta : target, context);
}

/** Meta model, target from random values, assembly or fine-tuning: everything learns, by the task's loss. */
function wholePhase(recipe: IncubationRecipe, division: Division, { size, log }: PhaseContext): PhaseParts {
  const network = prepare(networkOf(recipe.model, division, size));
  const initial = firstValues(recipe, { network, division, size }, log);
  return {
    networks: { "": network },
    network,
    trained: parameters(network),
    loss: (images, targets) => softCrossEntropy(network.forward(images), targets),
    ...(initial === undefined ? {} : { initial }),
  };
}

function firstValues(
  { model, modules, phase, parts, acceptOtherMetas, init }: IncubationRecipe,
  whole: { readonly network: DividedNetwork; readonly division: Division; readonly size: NetworkSize },
  log: TaskContext["log"],
): StateDict | undefined {
  if (phase === "assembly" && parts !== undefined)
    return assembledWeights(parts, { ...whole, model, meta: divisionsOf(model, modules).meta, acceptOtherMetas }, log);
  if (init.from === undefined) return undefined;
  const loaded = initialWeights(whole.network, init.from, layoutOf(model));
  log(`init.from ${init.from}: ${describePretrained(loaded).join("; ")}`);
  return loaded.states;
}

/**
 * One module, which starts from random values, inside a hybrid network whose other modules are the frozen meta model's:
 * it learns by the task's loss at the end of the hybrid. Imitation learns by the meta module's own output instead.
 */
function modulePhase(
  recipe: IncubationRecipe,
  { target, meta }: { readonly target: Division; readonly meta: Division },
  { size, log }: PhaseContext,
): PhaseParts {
  const { model, module = 0, learnsBy, init } = recipe;
  const division = hybridDivision(meta, target, module);
  const network = prepare(networkOf(model, division, size));
  const whole = { ...size, dropPath: 0 };
  const metaStates =
    init.from === undefined // a run that goes on has them in its own checkpoint
      ? undefined
      : metaWeights(prepare(networkOf(model, meta, whole)), init.from, model, log);
  const own = [...parameters(network)].filter(([name]) => moduleOf(network, division, name) === module);
  const shared = {
    network,
    trained: new Map(own),
    ...(metaStates === undefined
      ? {}
      : { initial: hybridStates({ network, division, module }, { ...metaStates, division: meta }) }),
  };
  const networks = { "": network, [recordRole]: new MetaRecord() };
  if (learnsBy === "incubation")
    return {
      ...shared,
      networks,
      loss: (images, targets) => softCrossEntropy(hybridLogits(network, division, module, images), targets),
    };
  const teacher = networkOf(model, meta, whole);
  const teacherStates = [...(metaStates?.states ?? [])].map(([name, value]) => [`meta.${name}`, value] as const);
  return {
    ...shared,
    networks: { ...networks, meta: teacher },
    loss: (images) => imitationLoss({ network, division }, { network: teacher, division: meta }, module, images),
    ...(shared.initial === undefined ? {} : { initial: new Map([...shared.initial, ...teacherStates]) }),
  };
}

interface MetaWeights {
  readonly network: DividedNetwork;
  readonly states: StateDict;
}

function metaWeights(
  network: DividedNetwork,
  from: string,
  model: BackboneRecipe,
  log: TaskContext["log"],
): MetaWeights {
  const loaded = initialWeights(network, from, layoutOf(model));
  log(`meta model ${from}: ${describePretrained(loaded).join("; ")}`);
  return { network, states: loaded.states };
}

/** The meta model's values for every module but the one that learns, and the record of which meta model it was. */
function hybridStates(
  hybrid: { readonly network: DividedNetwork; readonly division: Division; readonly module: number },
  meta: MetaWeights & { readonly division: Division },
): StateDict {
  const frozen = meta.division.flatMap((_, module) =>
    module === hybrid.module
      ? []
      : [
          ...placed(
            hybrid.network,
            hybrid.division,
            module,
            moduleStates(meta.network, meta.division, module, meta.states),
          ),
        ],
  );
  return new Map([...frozen, [recordName, recordOf(metaHash(meta.states))]]);
}
