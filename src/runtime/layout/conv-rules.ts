import { pad } from "../../graph/operators/pad.ts";
import { ReorderInput, ReorderOutput } from "../../graph/operators/blocked.ts";
import type { ConvGradient } from "../../graph/operators/conv-gradient.ts";
import { windowOf, type Window, type WindowAttributes } from "../../graph/operators/window.ts";
import { sameShape, type Tensor } from "../../graph/tensor.ts";
import { constantAffine, sum, type Grid } from "./affine.ts";
import * as conv from "./blocked-conv.ts";
import * as weight from "./blocked-weight-gradient.ts";
import type { Pass, Rule } from "./pass.ts";
import { isBlocked, plainValue, type Value } from "./values.ts";
import { canBeBlocked, unblockWeight, type WeightLayout } from "./weight-layout.ts";
import type { Node } from "../../graph/node.ts";

/** Which convolutions are blocked: all that can be, padded with channels of zeros, or those for which it pays. */
export type ConvChoice = "all" | "paying" | "none";

const roundUp = (channels: number, block: number): number => Math.ceil(channels / block) * block;

/** Whether a convolution is blocked, from its shapes. */
export function isChosen(x: Tensor, w: readonly number[], group: number, block: number, choice: ConvChoice): boolean {
  if (x.dtype !== "float32" || x.rank !== 4 || group !== 1) return false;
  if (choice !== "paying") return choice === "all";
  const [k, c] = w;
  const fits = (channels: number): boolean => (channels >= 16 && channels % block === 0) || channels < block;
  return fits(c) && fits(k) && Math.max(c, k) >= 16;
}

/** The window of a forward convolution, or undefined for one that is not two-dimensional and plain. */
export function convOf(node: Node): { x: Tensor; w: Tensor; window: Window; group: number } | undefined {
  const { operator, inputs, attributes } = node;
  const [x, w] = inputs;
  if (operator.type !== "Conv" || operator.domain !== "" || x === undefined || w === undefined) return undefined;
  const { group, ...given } = attributes as unknown as WindowAttributes & { group: number }; // Conv's own
  return { x, w, group, window: windowOf("Conv", x, w.shape.slice(2), given) };
}

const gridOfShape = ([n, c, h, w]: readonly number[], block: number): Grid => ({ n, c, h, w, block });

/** Zeros after the channels of axis 1. */
const padChannels = (x: Tensor, to: number): Tensor =>
  x.shape[1] === to ? x : pad(x, [[0, to - x.shape[1]], ...x.shape.slice(2).map(() => [0, 0] as const)]);

/** An activation in blocked form, its channels padded to whole blocks. */
function blocked(pass: Pass, value: Value, shape: readonly number[]): Tensor {
  const { block } = pass;
  if (isBlocked(value) && sameShape(value.shape, shape)) return pass.to.base(value).tensor;
  const plain = pass.to.plain(value);
  if (shape[1] % block === 0) return pass.to.blocked(plain, gridOfShape(shape, block)).tensor;
  return ReorderInput({ x: padChannels(plain, roundUp(shape[1], block)) }).y;
}

/** A weight in blocked form with `c` and `k` channels of which the last may be zeros. */
function blockedWeight(pass: Pass, value: Value, w: readonly number[], k: number, c: number): Tensor {
  const { block } = pass;
  if (w[0] === k && w[1] === c) return pass.to.weight(value, { shape: w, block });
  const plain = pass.to.plain(value);
  const wide = pad(plain, [
    [0, k - w[0]],
    [0, c - w[1]],
    [0, 0],
    [0, 0],
  ]);
  return pass.to.weight(plainValue(wide), { shape: [k, c, w[2], w[3]], block });
}

/** A blocked result of padded channels as the value of `tensor`. */
const cut = (tensor: Tensor, y: Tensor): Value => plainValue(ReorderOutput({ x: y }, { channels: tensor.shape[1] }).y);

/** Conv of blocked activations; of a plain image with fewer channels than a block. */
export const convRule =
  (choice: ConvChoice): Rule =>
  (pass, node, [x, w, bias]) => {
    const found = convOf(node);
    const { block } = pass;
    if (found === undefined || x === undefined || w === undefined) return undefined;
    if (!isChosen(found.x, found.w.shape, found.group, block, choice)) return undefined;
    const [k, c] = found.w.shape;
    const image = c < block;
    const kernel = blockedWeight(pass, w, found.w.shape, roundUp(k, block), image ? c : roundUp(c, block));
    const input = image ? pass.to.plain(x) : blocked(pass, x, found.x.shape);
    const [y] = node.outputs;
    if (k % block !== 0) {
      const plain = cut(y, conv.forward(input, kernel, found.window, {}));
      return [
        bias === undefined ? plain : plainValue(pass.to.plain(plain).add(pass.to.plain(bias).reshape([k, 1, 1]))),
      ];
    }
    const grid = gridOfShape(y.shape, block);
    const affine = pass.convolution(y, grid, (fusion) => conv.forward(input, kernel, found.window, fusion));
    const shift = bias && constantAffine(grid, { factor: 1, small: pass.to.plain(bias).reshape([1, k]) });
    return [pass.affineValue(y, shift === undefined ? affine : sum(affine, shift))];
  };

/** Whether a gradient has a blocked form. */
export function hasBlockedForm(gradient: ConvGradient, block: number, choice: ConvChoice): boolean {
  const { x, dy, window, group } = gradient;
  const w = gradient.of === "input" ? gradient.w.shape : [dy.shape[1], x.shape[1], ...window.kernel];
  if (x.rank !== 4 || !isChosen(x, w, group, block, choice)) return false;
  if (gradient.of === "input") return conv.inputGradientForm(gridOfShape(x.shape, block), window) !== undefined;
  return weightCase(gradient, block) !== undefined;
}

/** Channels of x in the weight gradient: an image of its own when that has a form, else padded to a block. */
function weightCase({ x, dy, window }: ConvGradient, block: number): number | undefined {
  const form = (c: number) =>
    weight.weightGradientForm({ x: [x.shape[0], c, ...x.shape.slice(2)], dy: dy.shape, window, block });
  const own = x.shape[1] < block ? x.shape[1] : roundUp(x.shape[1], block);
  if (form(own) !== undefined) return own;
  return form(roundUp(own, block)) === undefined ? undefined : roundUp(own, block);
}

/** A gradient of a convolution that `hasBlockedForm`. */
export function gradientValue(pass: Pass, result: Tensor, gradient: ConvGradient): Value {
  return gradient.of === "input" ? inputGradient(pass, result, gradient) : weightGradient(pass, result, gradient);
}

function inputGradient(pass: Pass, result: Tensor, gradient: Extract<ConvGradient, { of: "input" }>): Value {
  const { block } = pass;
  const { w, window } = gradient;
  const [k, c] = [w.shape[0], w.shape[1]].map((channels) => roundUp(channels, block));
  const dy = blocked(pass, pass.value(gradient.dy), gradient.dy.shape);
  const kernel = blockedWeight(pass, pass.value(w), w.shape, k, c);
  const [n, own, ...places] = result.shape;
  const grid = gridOfShape([n, c, ...places], block);
  if (own !== c) return cut(result, conv.inputGradient(grid, kernel, dy, window, {}));
  const affine = pass.convolution(result, grid, (fusion) => conv.inputGradient(grid, kernel, dy, window, fusion));
  return pass.affineValue(result, affine);
}

function weightGradient(pass: Pass, result: Tensor, gradient: Extract<ConvGradient, { of: "weight" }>): Value {
  const { block } = pass;
  const { x, window } = gradient;
  const [k, c] = result.shape;
  const channels = weightCase(gradient, block) as number; // the caller has asked hasBlockedForm
  const wide = [roundUp(k, block), channels, ...window.kernel];
  const input = pass.value(x);
  const operand = channels < block ? pass.to.plain(input) : blocked(pass, input, x.shape);
  const dy = blocked(pass, pass.value(gradient.dy), gradient.dy.shape);
  const dw = weight.weightGradient(operand, dy, window, block);
  const layout: WeightLayout = { shape: wide, block };
  if (wide[0] === k && channels === c && canBeBlocked(wide, block)) return { kind: "permuted", tensor: dw, layout };
  const plain = unblockWeight(dw, layout);
  return plainValue(plain.slice(0, 0, k).slice(1, 0, c));
}
