/**
 * jax-js's training step of bench/engine.ts: loss, gradients by its own autodiff and AdamW in one `jit`.
 * Every use of an array but the last takes `.ref`: jax-js counts owners (its README, 'Reference counting').
 */
import { adamw, normals, vitInitial, vitParameters, type VitStep } from "../vit-step.ts";

interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: number[];
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  reshape(shape: number[]): JaxArray;
  transpose(axes?: number[]): JaxArray;
  slice(...index: (number | [])[]): JaxArray;
  mean(): JaxArray;
  data(): Promise<Float32Array>;
}
type Arrays = Record<string, JaxArray>;
export interface Jax {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<F extends (...args: never[]) => unknown>(f: F): F;
  valueAndGrad(
    f: (parameters: Arrays, x: JaxArray, y: JaxArray) => JaxArray,
  ): (parameters: Arrays, x: JaxArray, y: JaxArray) => [JaxArray, Arrays];
  blockUntilReady(tree: unknown): Promise<unknown>;
  tree: { ref<T>(tree: T): T };
  numpy: {
    array(data: Float32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    square(a: JaxArray): JaxArray;
    sqrt(a: JaxArray): JaxArray;
  };
  nn: {
    gelu(a: JaxArray, options: { approximate: boolean }): JaxArray;
    standardize(a: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
    softmax(a: JaxArray, axis: number): JaxArray;
  };
}

/** Makes the step on the backend that is chosen; a call takes it and gives the loss. */
export function jaxVitStep(jax: Jax, sizes: VitStep): () => Promise<number> {
  const { numpy: np, nn } = jax;
  const { batch, dim, depth, tokens, patch, headDim } = sizes;
  const array = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape([...shape]);

  function linear(p: Arrays, name: string, x: JaxArray): JaxArray {
    return np.matmul(x, p[`${name}.weight`].ref.transpose()).add(p[`${name}.bias`].ref);
  }
  function norm(p: Arrays, name: string, x: JaxArray): JaxArray {
    return nn.standardize(x, -1, { epsilon: 1e-6 }).mul(p[`${name}.weight`].ref).add(p[`${name}.bias`].ref);
  }
  function attention(p: Arrays, name: string, x: JaxArray): JaxArray {
    const qkv = linear(p, `${name}.qkv`, x).reshape([batch, tokens, 3, dim / headDim, headDim]);
    // not nn.dotProductAttention: its einsum needs the iterator helpers of Node 22
    const q = qkv.ref.slice([], [], 0).transpose([0, 2, 1, 3]); // [B, H, N, D/H]
    const k = qkv.ref.slice([], [], 1).transpose([0, 2, 3, 1]);
    const v = qkv.slice([], [], 2).transpose([0, 2, 1, 3]);
    const weights = nn.softmax(np.matmul(q, k).mul(headDim ** -0.5), -1);
    const attended = np.matmul(weights, v).transpose([0, 2, 1, 3]);
    return linear(p, `${name}.proj`, attended.reshape([batch * tokens, dim]));
  }
  /** Token-major: x [batch · tokens, patch]. Parameters are only borrowed: the caller disposes of what it took. */
  function loss(p: Arrays, x: JaxArray, y: JaxArray): JaxArray {
    let h = linear(p, "embed", x);
    for (let i = 0; i < depth; i++) {
      h = h.ref.add(attention(p, `blocks.${i}.attn`, norm(p, `blocks.${i}.norm1`, h)));
      const up = nn.gelu(linear(p, `blocks.${i}.mlp.fc1`, norm(p, `blocks.${i}.norm2`, h.ref)), { approximate: false });
      h = h.add(linear(p, `blocks.${i}.mlp.fc2`, up));
    }
    return np.square(linear(p, "head", norm(p, "norm", h)).sub(y)).mean();
  }

  const lossAndGradients = jax.valueAndGrad(loss);
  /** m and v: bias-corrected by the two factors `c1`, `c2`, which change with every step. */
  const step = jax.jit((p: Arrays, m: Arrays, v: Arrays, x: JaxArray, y: JaxArray, c1: JaxArray, c2: JaxArray) => {
    const [value, gradients] = lossAndGradients(jax.tree.ref(p), x, y);
    const [np2, nm, nv]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
    for (const name of Object.keys(p)) {
      const g = gradients[name];
      const mean = m[name].mul(adamw.beta1).add(g.ref.mul(1 - adamw.beta1));
      const square = v[name].mul(adamw.beta2).add(np.square(g).mul(1 - adamw.beta2));
      const update = mean.ref.mul(c1.ref).div(np.sqrt(square.ref.mul(c2.ref)).add(adamw.epsilon));
      np2[name] = p[name].mul(1 - adamw.learningRate * adamw.weightDecay).sub(update.mul(adamw.learningRate));
      [nm[name], nv[name]] = [mean, square];
    }
    return [value, np2, nm, nv] as [JaxArray, Arrays, Arrays, Arrays];
  });

  let [p, m, v]: [Arrays, Arrays, Arrays] = [{}, {}, {}];
  let seed = 1;
  for (const [name, shape] of vitParameters(sizes)) {
    const initial = vitInitial(name, shape, seed++);
    p[name] = array(initial, shape);
    m[name] = array(new Float32Array(initial.length), shape);
    v[name] = array(new Float32Array(initial.length), shape);
  }
  const x = array(normals(batch * tokens * patch, 1001), [batch * tokens, patch]);
  const y = array(normals(batch * tokens * patch, 1002), [batch * tokens, patch]);
  let count = 0;

  return async function train(): Promise<number> {
    count += 1;
    const corrections = [adamw.beta1, adamw.beta2].map((beta) => array(Float32Array.of(1 / (1 - beta ** count)), []));
    let value: JaxArray;
    [value, p, m, v] = step(p, m, v, x.ref, y.ref, corrections[0], corrections[1]);
    await jax.blockUntilReady([p, m, v]);
    return (await value.data())[0];
  };
}
