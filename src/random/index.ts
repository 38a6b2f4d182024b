export { generator, type Generator, type FloatArray } from "./generator.ts";
export { philox4x32 } from "./philox.ts";
export { normalCdf, normalQuantile } from "./normal-distribution.ts";
