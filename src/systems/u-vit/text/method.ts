import { FoveaError } from "../../../errors/fovea-error.ts";
import { runLength } from "../../../downstream/run-length.ts";
import { hostTensor, type HostTensor } from "../../../graph/dtype.ts";
import { constant } from "../../../graph/leaf.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import type { ClipText } from "../../../models/clip/clip-text.ts";
import { contrastiveLogits } from "../../../nn/losses/contrastive.ts";
import { crossEntropy } from "../../../nn/losses/cross-entropy.ts";
import { parameters, prepare } from "../../../nn/module.ts";
import { adamw } from "../../../optim/adam.ts";
import { parameterGroups } from "../../../optim/parameter-groups.ts";
import { cosineSchedule } from "../../../optim/schedules.ts";
import { generator } from "../../../random/generator.ts";
import type { Evaluation, Feeds, InputSpecs, Method, Task } from "../../../train/task.ts";
import type { CleanBatch, Content } from "../content.ts";
import { pixelContent } from "../pixel-content.ts";
import { ImageSide, textEncoderOf } from "./model.ts";
import { textEncoderSchema, type TextEncoderRecipe } from "./schema.ts";
import { tokenIds } from "./words.ts";

/** A small text encoder, trained to tell which caption belongs to which image (u-vit section 9.2). */
export const uVitText: Method<TextEncoderRecipe> = {
  name: "u-vit-text",
  summary: "Small text encoder for u-vit by text: learns which caption belongs to which image",
  schema: textEncoderSchema,
  task: textTask,
  report: () => Promise.resolve([]),
};

async function textTask(recipe: TextEncoderRecipe): Promise<Task> {
  const { optimiser, batchSize, data, model, validation } = recipe;
  const content = await pixelContent(recipe, { captions: true });
  const text = prepare(textEncoderOf(recipe), "text");
  const image = prepare(new ImageSide(model.embed), "image");
  const steps = runLength(recipe, content.count);
  const inputs: InputSpecs = {
    images: { shape: [batchSize, 3, data.imageSize, data.imageSize], dtype: "float32" },
    tokens: { shape: [batchSize, model.tokens], dtype: "int64" },
    alike: { shape: [batchSize, batchSize], dtype: "float32" },
  };
  return {
    networks: { text, image },
    groups: parameterGroups(new Map([...parameters(text), ...parameters(image)]), {
      weightDecay: optimiser.weightDecay,
    }),
    optimiser: adamw({ beta1: optimiser.beta1, beta2: optimiser.beta2 }),
    schedule: cosineSchedule({
      peak: optimiser.peakLearningRate,
      warmupUpdates: Math.min(optimiser.warmupSteps, steps),
      updates: steps,
    }),
    steps,
    batchSize,
    inputs,
    step(symbols) {
      const { loss, accuracy } = matching({ text, image }, symbols);
      return { loss, metrics: { accuracy } };
    },
    source: content.source((batch) => matchingFeeds(batch, recipe)),
    evaluations: [
      heldOutMatching({ text, image }, { recipe, content, inputs }, validation.every ?? Math.ceil(steps / 8)),
    ],
  };
}

interface Sides {
  readonly text: ClipText;
  readonly image: ImageSide;
}

/**
 * InfoNCE both ways over the batch, s = exp(logScale); pairs of equal captions are no negatives (`alike`: far below every
 * score there). `accuracy`: share of images whose own caption scores highest.
 */
function matching({ text, image }: Sides, { images, tokens, alike }: Readonly<Record<string, Tensor>>) {
  const unit = (features: Tensor): Tensor =>
    features.div(features.mul(features).sum(1, { keepDims: true }).add(1e-12).sqrt());
  const logits = contrastiveLogits(unit(image.forward(images)), unit(text.forward(tokens)), image.logScale.exp()).add(
    alike,
  );
  const [pairs] = images.shape;
  const own = constant(
    hostTensor(
      "int64",
      [pairs],
      BigInt64Array.from({ length: pairs }, (_, i) => BigInt(i)),
    ),
  );
  const loss = crossEntropy(logits, own).add(crossEntropy(logits.transpose(), own)).mul(0.5);
  const accuracy = logits.argmax(1).equal(own).cast("float32").mean();
  return { loss, accuracy };
}

/** Images, a caption of each as ids, and which of the others have the same one. */
function matchingFeeds(batch: Pick<CleanBatch, "images" | "captions" | "step">, recipe: TextEncoderRecipe): Feeds {
  const { model, words, data, seed } = recipe;
  const random = generator(seed, "u-vit/text/caption", batch.step);
  const chosen = (batch.captions ?? []).map((texts) => texts[random.integer(Math.max(1, texts.length))] ?? "");
  if (chosen.every((caption) => caption === ""))
    throw new FoveaError("u-vit/captions", "the images have no captions", {
      hint: "data.task=captions data.scene=u-vit, or a root with captions (COCO)",
      exitCode: 2,
    });
  const size = chosen.length;
  const alike = Float32Array.from({ length: size * size }, (_, at): number => {
    const [a, b] = [Math.floor(at / size), at % size];
    return a !== b && chosen[a] === chosen[b] ? -1e4 : 0;
  });
  return {
    images: hostTensor("float32", [size, 3, data.imageSize, data.imageSize], batch.images),
    tokens: tokenIds(chosen, words, model.tokens),
    alike: hostTensor("float32", [size, size], alike),
  };
}

/** `val/accuracy` and `val/loss` of matching held-out images to their captions, batch by batch. */
function heldOutMatching(
  sides: Sides,
  { recipe, content, inputs }: { recipe: TextEncoderRecipe; content: Content; inputs: InputSpecs },
  every: number,
): Evaluation {
  const { batchSize, validation } = recipe;
  return {
    name: "matching",
    every,
    async run(weights) {
      const program = await weights.program("matching", inputs, (symbols) => matching(sides, symbols));
      const sums = { loss: 0, accuracy: 0, batches: 0 };
      for await (const batch of await content.heldOut(validation.images, batchSize)) {
        if (batch.valid < batchSize) break; // another number of negatives is another task
        const outputs = await program.run(matchingFeeds({ ...batch, step: sums.batches }, recipe));
        const value = (name: string): number => Number((outputs.get(name) as HostTensor).data[0]); // of `matching`
        sums.loss += value("loss");
        sums.accuracy += value("accuracy");
        sums.batches++;
      }
      if (sums.batches === 0) return { metrics: {} };
      return { metrics: { "val/loss": sums.loss / sums.batches, "val/accuracy": sums.accuracy / sums.batches } };
    },
  };
}
