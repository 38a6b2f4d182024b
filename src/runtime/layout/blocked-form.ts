import { program as close, type Program } from "../../graph/program.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { withScope } from "../../graph/scope.ts";
import { convOf, convRule, gradientValue, hasBlockedForm, isChosen, type ConvChoice } from "./conv-rules.ts";
import { binaryRule, unaryRule } from "./element-wise-rules.ts";
import { concatRule, expandRule, poolRule, reshapeRule, splitRule, upsampleRule } from "./layout-rules.ts";
import { liveSteps, type Step, type Steps } from "./live-steps.ts";
import { Pass, type Rule } from "./pass.ts";
import { layerNormRule, reduceRule } from "./reduction-rules.ts";
import { stateLayouts } from "./state-layouts.ts";
import { plainValue, type Value } from "./values.ts";
import { canBeBlocked, type WeightLayout } from "./weight-layout.ts";

export interface BlockedFormOptions {
  /** Channels side by side in memory, as the runtime has them on this processor. */
  readonly block: number;
  readonly choice?: ConvChoice;
  /** Settles how states are stored, from the layouts that this program would like best; returns those in force. */
  readonly settle: (wished: ReadonlyMap<string, WeightLayout>) => ReadonlyMap<string, WeightLayout>;
}

/**
 * The same program with its convolutions, what lies between them, and all their gradients on blocked activations and
 * weights (conv-layout.md). Inputs and outputs stay plain; states are stored as `settle` says.
 */
export function blockedForm(program: Program, { block, choice = "paying", settle }: BlockedFormOptions): Program {
  const steps = liveSteps(program, (gradient) => hasBlockedForm(gradient, block, choice));
  const weights = chosenWeights(steps, block, choice);
  const layouts = settle(weights.size === 0 ? new Map() : stateLayouts(program, steps, weights.layouts));
  if (weights.size === 0 && layouts.size === 0) return program;
  const pass = new Pass(block, steps, layouts);
  const rules = [convRule(choice), ...commonRules];
  for (const step of steps.steps) withScope(step.node.scope, () => take(pass, rules, step));
  return closed(program, pass, layouts);
}

const commonRules: readonly Rule[] = [
  unaryRule,
  binaryRule,
  reduceRule,
  layerNormRule,
  reshapeRule,
  expandRule,
  concatRule,
  splitRule,
  poolRule,
  upsampleRule,
];

/** Weights of the chosen convolutions, and the layouts of those that need no padding. */
function chosenWeights(
  { steps }: Steps,
  block: number,
  choice: ConvChoice,
): { size: number; layouts: Map<Tensor, WeightLayout> } {
  const layouts = new Map<Tensor, WeightLayout>();
  let size = 0;
  for (const step of steps) {
    if (step.kind === "gradient") size++;
    const found = step.kind === "node" ? convOf(step.node) : undefined;
    if (found === undefined || !isChosen(found.x, found.w.shape, found.group, block, choice)) continue;
    size++;
    if (canBeBlocked(found.w.shape, block)) layouts.set(found.w, { shape: found.w.shape, block });
  }
  return { size, layouts };
}

function take(pass: Pass, rules: readonly Rule[], step: Step): void {
  const outputs =
    step.kind === "gradient" ? [gradientValue(pass, step.outputs[0], step.gradient)] : values(pass, rules, step);
  step.outputs.forEach((tensor, i) => {
    const value = outputs[i];
    if (value !== undefined) pass.set(tensor, value);
  });
}

function values(pass: Pass, rules: readonly Rule[], { node }: Step): readonly Value[] {
  const inputs = node.inputs.map((tensor) => tensor && pass.value(tensor));
  for (const rule of rules) {
    const made = rule(pass, node, inputs);
    if (made !== undefined) return made;
  }
  const plain = inputs.map((value) => value && pass.to.plain(value));
  const same = plain.every((tensor, i) => tensor === node.inputs[i]);
  const outputs = same ? node.outputs : node.operator.apply(plain, node.attributes, node.outputs.length);
  return outputs.map(plainValue);
}

/** The program's results: outputs plain, states in the layout in force. */
function closed(old: Program, pass: Pass, layouts: ReadonlyMap<string, WeightLayout>): Program {
  const outputs = Object.fromEntries(
    [...old.outputs].map(([name, tensor]) => [name, pass.to.plain(pass.value(tensor))]),
  );
  const updates = new Map<Tensor, Tensor>();
  for (const [name, tensor] of old.updates) {
    const layout = layouts.get(name);
    const value = pass.value(tensor);
    const next = layout === undefined ? pass.to.plain(value) : pass.to.weight(value, layout).reshape(tensor.shape);
    updates.set(old.states.get(name) as Tensor, next); // updates are of the program's states
  }
  return close({ outputs, updates });
}
