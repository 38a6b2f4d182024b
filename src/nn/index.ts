export { Module, prepare, parameters, buffers, initialise, parameterCount } from "./module.ts";
export { Parameter, Buffer, type ParameterOptions } from "./parameter.ts";
export { stateDict, loadStateDict, type StateDict, type LoadedState, type LoadOptions } from "./state-dict.ts";
export { trace, isTraining, recordUpdate, bernoulliInput, type Trace, type TraceOptions } from "./trace.ts";
export { fillRandom, type RandomInput } from "./random-input.ts";
export {
  zeros,
  ones,
  constantValue,
  uniform,
  normal,
  truncatedNormal,
  xavierUniform,
  xavierNormal,
  kaimingUniform,
  kaimingNormal,
  biasUniform,
  scaled,
  type Initialiser,
} from "./initialisers.ts";
export { Linear, linear, type LinearOptions } from "./linear.ts";
export { LayerNorm } from "./layer-norm.ts";
