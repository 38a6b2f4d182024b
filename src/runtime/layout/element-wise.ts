import type { OperatorRecord } from "../../graph/node.ts";

const unary = new Set(
  (
    "Neg Exp Log Sqrt Abs Sign Reciprocal Erf Tanh Sigmoid Relu Sin Cos Identity Floor Ceil Round HardSigmoid LeakyRelu " +
    "Elu Softplus HardSwish Mish Gelu Clip"
  ).split(" "),
);
const binary = new Set(["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min"]);

/** Float operators of one tensor (and scalars) whose every element depends on the element at its place only. */
export const isUnary = ({ type, domain }: OperatorRecord): boolean => domain === "" && unary.has(type);

/** The same of two tensors of equal shape. */
export const isBinary = ({ type, domain }: OperatorRecord): boolean => domain === "" && binary.has(type);

export const elementWise = (operator: OperatorRecord): boolean => isUnary(operator) || isBinary(operator);
