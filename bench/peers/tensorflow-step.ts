/** TensorFlow.js's training step of bench/engine.ts: its autodiff, AdamW in its operators. */
import { adamw, normals, vitInitial, vitParameters, type VitStep } from "../vit-step.ts";

interface TfTensor {
  readonly shape: number[];
  add(other: TfTensor | number): TfTensor;
  sub(other: TfTensor | number): TfTensor;
  mul(other: TfTensor | number): TfTensor;
  div(other: TfTensor | number): TfTensor;
  reshape(shape: readonly number[]): TfTensor;
  transpose(axes: number[]): TfTensor;
  matMul(other: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  softmax(): TfTensor;
  erf(): TfTensor;
  square(): TfTensor;
  sqrt(): TfTensor;
  mean(axis?: number, keepDims?: boolean): TfTensor;
  dispose(): void;
  data(): Promise<Float32Array>;
}
interface TfVariable extends TfTensor {
  assign(value: TfTensor): void;
}
export interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  variable(value: TfTensor, trainable: boolean, name: string): TfVariable;
  unstack(x: TfTensor, axis: number): TfTensor[];
  customGrad(
    f: (
      a: TfTensor,
      b: TfTensor,
      save: (tensors: TfTensor[]) => void,
    ) => { value: TfTensor; gradFunc: (dy: TfTensor, saved: TfTensor[]) => TfTensor[] },
  ): (a: TfTensor, b: TfTensor) => TfTensor;
  tidy<T>(work: () => T): T;
  variableGrads(f: () => TfTensor): { value: TfTensor; grads: Record<string, TfTensor> };
}
/** Makes the step on the backend that is chosen; a call takes it and gives the loss. */
export function tensorflowVitStep(tf: TensorFlow, sizes: VitStep): () => Promise<number> {
  const { batch, dim, depth, tokens, patch, headDim } = sizes;
  const heads = dim / headDim;
  const parameters = new Map<string, TfVariable>();
  const moments = new Map<string, { m: TfVariable; v: TfVariable }>();
  let seed = 1;
  for (const [name, shape] of vitParameters(sizes)) {
    const initial = vitInitial(name, shape, seed++);
    const zeros = (suffix: string): TfVariable =>
      tf.variable(tf.tensor(new Float32Array(initial.length), shape), false, `${name}.${suffix}`);
    parameters.set(name, tf.variable(tf.tensor(initial, shape), true, name));
    moments.set(name, { m: zeros("m"), v: zeros("v") });
  }
  const x = tf.tensor(normals(batch * tokens * patch, 1001), [batch * tokens, patch]);
  const y = tf.tensor(normals(batch * tokens * patch, 1002), [batch * tokens, patch]);

  function parameter(name: string): TfVariable {
    const found = parameters.get(name);
    if (found === undefined) throw new Error(`no parameter ${name}`);
    return found;
  }
  const flipped = (a: TfTensor): TfTensor => {
    const axes = a.shape.map((_, axis) => axis);
    return a.transpose([...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  };
  /** a · b with the gradients' operands transposed first: the backend multiplies transposed operands without XNNPACK. */
  const matMul = tf.customGrad((a, b, save) => {
    save([a, b]);
    const gradFunc = (dy: TfTensor, [a, b]: TfTensor[]): TfTensor[] => [dy.matMul(flipped(b)), flipped(a).matMul(dy)];
    return { value: a.matMul(b), gradFunc };
  });
  const linear = (name: string, h: TfTensor): TfTensor =>
    matMul(h, flipped(parameter(`${name}.weight`))).add(parameter(`${name}.bias`));
  function norm(name: string, h: TfTensor): TfTensor {
    const centred = h.sub(h.mean(-1, true));
    const scaled = centred.div(centred.square().mean(-1, true).add(1e-6).sqrt());
    return scaled.mul(parameter(`${name}.weight`)).add(parameter(`${name}.bias`));
  }
  const gelu = (h: TfTensor): TfTensor => h.mul(h.mul(Math.SQRT1_2).erf().add(1)).mul(0.5);
  function attention(name: string, h: TfTensor): TfTensor {
    const qkv = linear(`${name}.qkv`, h).reshape([batch, tokens, 3, heads, headDim]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = tf.unstack(qkv, 0); // [B, H, N, D/H]
    const weights = matMul(q, flipped(k))
      .mul(headDim ** -0.5)
      .softmax();
    return linear(
      `${name}.proj`,
      matMul(weights, v)
        .transpose([0, 2, 1, 3])
        .reshape([batch * tokens, dim]),
    );
  }
  function loss(): TfTensor {
    let h = linear("embed", x);
    for (let i = 0; i < depth; i++) {
      h = h.add(attention(`blocks.${i}.attn`, norm(`blocks.${i}.norm1`, h)));
      const up = gelu(linear(`blocks.${i}.mlp.fc1`, norm(`blocks.${i}.norm2`, h)));
      h = h.add(linear(`blocks.${i}.mlp.fc2`, up));
    }
    return linear("head", norm("norm", h)).sub(y).square().mean();
  }

  let count = 0;
  return async function train(): Promise<number> {
    count += 1;
    const c1 = 1 / (1 - adamw.beta1 ** count);
    const c2 = 1 / (1 - adamw.beta2 ** count);
    const value = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss);
      for (const [name, { m, v }] of moments) {
        const g = grads[name];
        m.assign(m.mul(adamw.beta1).add(g.mul(1 - adamw.beta1)));
        v.assign(v.mul(adamw.beta2).add(g.square().mul(1 - adamw.beta2)));
        const update = m.mul(c1).div(v.mul(c2).sqrt().add(adamw.epsilon));
        const p = parameter(name);
        p.assign(p.mul(1 - adamw.learningRate * adamw.weightDecay).sub(update.mul(adamw.learningRate)));
      }
      return value;
    });
    const [result] = await value.data();
    value.dispose();
    return result;
  };
}
