import { FoveaError } from "../errors/fovea-error.ts";
import { hostTensor, sizeOf, type HostTensor } from "../graph/dtype.ts";
import { input, state } from "../graph/leaf.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import { apart, inPieces, joined } from "./joined.ts";

/** Parameters that share a factor on the learning rate and a weight decay; made by `parameterGroups`. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Factor on the schedule's learning rate (layer-wise decay); 1 for plain training. */
  readonly lrScale: number;
  readonly weightDecay: number;
}

/** An optimiser's part of a training step. */
export interface OptimiserStep {
  /** Next values of moments and parameters, in the order of the gradients: the last layer's last (engine.md). */
  readonly updates: Map<Tensor, Tensor>;
  /** First values (zeros) of the moments by state name, `optim/m/blocks.0.attn.qkv.weight`. */
  readonly states: Map<string, HostTensor>;
  /**
   * Feeds of one run: everything in the step that depends on its number.
   * @param update updates done before this one, from 0
   * @param learningRate the schedule's value, before `lrScale`
   */
  scalars(update: number, learningRate: number): Record<string, HostTensor>;
}

export interface Optimiser {
  /** `adamw`, `sgd`, … */
  readonly name: string;
  /**
   * Builds the updates of every parameter in `gradients`.
   * @param prefix of state and input names; another one for a second optimiser in the same program
   * @throws FoveaError for a parameter that is in no group or in two, or a grouped one without gradient
   */
  build(groups: readonly ParameterGroup[], gradients: ReadonlyMap<Parameter, Tensor>, prefix?: string): OptimiserStep;
}

/** What an update rule sees: one parameter, flattened where its last axis is 1, or vectors of a group joined to one. */
export interface RuleInputs {
  readonly p: Tensor;
  readonly g: Tensor;
  readonly group: ParameterGroup;
  /** Old moments by slot. */
  readonly moments: Readonly<Record<string, Tensor>>;
  /** A host-fed scalar of `UpdateRule.scalars`. */
  scalar(name: string): Tensor;
}

export interface UpdateRule {
  readonly name: string;
  /** Names of the moments: each is a state of the parameter's shape, zero at first. */
  readonly slots: readonly string[];
  /** Whether `next` looks at a parameter as a whole (its norm), so that vectors must not be joined. Default false. */
  readonly perTensor?: boolean;
  /** Next parameter and next moments, by building nodes. */
  next(inputs: RuleInputs): { readonly p: Tensor; readonly moments: Readonly<Record<string, Tensor>> };
  /** Values of the scalars for a group. `update` counts from 0. */
  scalars(update: number, learningRate: number, group: ParameterGroup): Readonly<Record<string, number>>;
}

/** Turns an update rule for one tensor into an optimiser: names, states, scalars per group, order of updates. */
export function defineOptimiser(rule: UpdateRule): Optimiser {
  return {
    name: rule.name,
    build(groups, gradients, prefix = "optim") {
      const groupOf = indexGroups(groups, gradients);
      const fed = new ScalarInputs(rule, groups, prefix);
      const states = new Map<string, HostTensor>();
      for (const parameter of gradients.keys())
        for (const slot of rule.slots) states.set(slotName(prefix, slot, parameter), zerosLike(parameter));
      const of = (parameter: Parameter): ParameterGroup => groupOf.get(parameter) as ParameterGroup; // indexGroups has checked
      const pieces = rule.perTensor ? [...gradients.keys()].map((p) => [p]) : inPieces(gradients.keys(), of);
      const next = new Map(
        pieces.flatMap((piece) => {
          const group = of(piece[0] as Parameter); // a piece is not empty
          const scalar = (name: string): Tensor => fed.scalar(name, group);
          return [...updatesOf(rule, piece, { group, gradients, prefix, scalar })];
        }),
      );
      const updates = new Map([...gradients.keys()].flatMap((parameter) => next.get(parameter) ?? []));
      return { updates, states, scalars: (update, learningRate) => fed.values(update, learningRate) };
    },
  };
}

const slotName = (prefix: string, slot: string, { name }: Parameter): string => `${prefix}/${slot}/${name}`;

/** New values of the moments of each parameter in `piece`, and of the parameter behind them. */
function updatesOf(
  rule: UpdateRule,
  piece: readonly Parameter[],
  {
    group,
    gradients,
    prefix,
    scalar,
  }: Pick<RuleInputs, "group" | "scalar"> & {
    readonly gradients: ReadonlyMap<Parameter, Tensor>;
    readonly prefix: string;
  },
): Map<Parameter, [Tensor, Tensor][]> {
  const old = rule.slots.map((slot) => piece.map((p) => state(slotName(prefix, slot, p), p.shape)));
  const { p, moments } = rule.next({
    p: joined(piece),
    g: joined(piece.map((parameter) => gradients.get(parameter) as Tensor)), // pieces are of those with a gradient
    group,
    moments: Object.fromEntries(rule.slots.map((slot, i) => [slot, joined(old[i] as Tensor[])])),
    scalar,
  });
  const next = rule.slots.map((slot) => apart(moments[slot] as Tensor, piece)); // a rule returns all its slots
  const values = apart(p, piece);
  return new Map(
    piece.map((parameter, at) => [
      parameter,
      [...old.map((tensors, i) => [tensors[at], next[i]?.[at]]), [parameter, values[at]]] as [Tensor, Tensor][],
    ]),
  );
}

/** Host-fed scalars: one input for each name and group that a rule has asked for. */
class ScalarInputs {
  private readonly inputs = new Map<string, { tensor: Tensor; group: ParameterGroup; scalar: string }>();
  private readonly rule: UpdateRule;
  private readonly groups: readonly ParameterGroup[];
  private readonly prefix: string;

  constructor(rule: UpdateRule, groups: readonly ParameterGroup[], prefix: string) {
    this.rule = rule;
    this.groups = groups;
    this.prefix = prefix;
  }

  scalar(scalar: string, group: ParameterGroup): Tensor {
    const name = `${this.prefix}/${scalar}/${this.groups.indexOf(group)}`;
    const known = this.inputs.get(name);
    if (known !== undefined) return known.tensor;
    const tensor = input(name, []);
    this.inputs.set(name, { tensor, group, scalar });
    return tensor;
  }

  values(update: number, learningRate: number): Record<string, HostTensor> {
    if (!Number.isInteger(update) || update < 0 || !Number.isFinite(learningRate) || learningRate < 0) {
      throw new FoveaError(
        "optim/scalars",
        `${this.rule.name}: update ${update}, learning rate ${learningRate}: both must be finite and at least 0, the update a whole number`,
      );
    }
    const values = new Map(this.groups.map((group) => [group, this.rule.scalars(update, learningRate, group)]));
    return Object.fromEntries(
      [...this.inputs].map(([name, { group, scalar }]) => [name, hostScalar(values.get(group)?.[scalar])]),
    );
  }
}

function hostScalar(value: number | undefined): HostTensor {
  if (value === undefined) throw new Error("an update rule reads a scalar that it does not give");
  return hostTensor("float32", [], Float32Array.of(value));
}

function indexGroups(
  groups: readonly ParameterGroup[],
  gradients: ReadonlyMap<Parameter, Tensor>,
): Map<Parameter, ParameterGroup> {
  const groupOf = new Map<Parameter, ParameterGroup>();
  for (const group of groups) {
    for (const parameter of group.parameters) {
      if (groupOf.has(parameter))
        throw new FoveaError("optim/groups", `parameter ${parameter.name} is in two parameter groups`);
      if (!gradients.has(parameter))
        throw new FoveaError("optim/groups", `parameter ${parameter.name} is in a group but has no gradient`);
      groupOf.set(parameter, group);
    }
  }
  for (const [parameter, gradient] of gradients) {
    if (!groupOf.has(parameter)) {
      throw new FoveaError("optim/groups", `parameter ${parameter.name} ${show(gradient)} is in no parameter group`, {
        hint: "leave its gradient out to keep it as it is",
      });
    }
  }
  return groupOf;
}

const zerosLike = ({ shape }: Tensor): HostTensor => hostTensor("float32", shape, new Float32Array(sizeOf(shape)));
