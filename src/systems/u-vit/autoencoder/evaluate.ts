import { latentOf, type AutoencoderKl } from "../../../models/autoencoder-kl/autoencoder-kl.ts";
import type { Pixels } from "../../../formats/png.ts";
import { hostTensor } from "../../../graph/dtype.ts";
import { generator } from "../../../random/generator.ts";
import { imageGrid } from "../../../report/image-grid.ts";
import type { Evaluation } from "../../../train/task.ts";
import type { Content } from "../content.ts";
import { toPixels } from "../pictures.ts";
import { reduction } from "./network.ts";
import type { AutoencoderRecipe } from "./schema.ts";

/**
 * On held-out images: PSNR of what comes back (from the latents' means), the deviation of unscaled latents (k is its
 * inverse), and pictures beside their reconstruction.
 */
export function reconstructions(
  network: AutoencoderKl,
  { recipe, content, every }: { readonly recipe: AutoencoderRecipe; readonly content: Content; readonly every: number },
): Evaluation {
  const { images: count, batchSize, pictures } = recipe.validation;
  const { imageSize } = recipe.data;
  const side = imageSize / reduction(recipe);
  const latent = [batchSize, recipe.model.latentChannels, side, side];
  const one = 3 * imageSize ** 2;
  return {
    name: "reconstructions",
    every,
    async run(weights) {
      const inputs = {
        images: { shape: [batchSize, 3, imageSize, imageSize], dtype: "float32" },
        noise: { shape: latent, dtype: "float32" },
      } as const;
      const program = await weights.program("reconstruct", inputs, ({ images, noise }) => {
        const moments = network.moments(images);
        return { decoded: network.decode(latentOf(moments, noise.mul(0), 1)), latent: latentOf(moments, noise, 1) };
      });
      let psnr = 0;
      let seen = 0;
      const sums = { count: 0, sum: 0, squares: 0 };
      const shown: Pixels[] = [];
      for await (const batch of await content.heldOut(count, batchSize)) {
        const noise = generator(0, "autoencoder/validation", seen).fillNormal(
          new Float32Array(latent.reduce((product, axis) => product * axis, 1)),
        );
        const outputs = await program.run({
          images: hostTensor("float32", inputs.images.shape, batch.images),
          noise: hostTensor("float32", latent, noise),
        });
        const decoded = outputs.get("decoded")?.data as Float32Array; // of the program above
        const latents = outputs.get("latent")?.data as Float32Array;
        for (let row = 0; row < batch.valid; row++) {
          psnr += psnrOf(batch.images, decoded, { from: row * one, to: (row + 1) * one });
          if (shown.length < 2 * pictures)
            shown.push(toPixels(batch.images, row, imageSize), toPixels(decoded, row, imageSize));
        }
        const values = latents.subarray(0, (latents.length / batchSize) * batch.valid);
        for (const value of values) {
          sums.sum += value;
          sums.squares += value ** 2;
        }
        sums.count += values.length;
        seen += batch.valid;
      }
      const mean = sums.sum / sums.count;
      return {
        metrics: {
          "val/psnr": psnr / seen,
          "val/latentDeviation": Math.sqrt(Math.max(0, sums.squares / sums.count - mean ** 2)),
        },
        images: { reconstructions: pairs(shown, weights.step) },
      };
    },
  };
}

/** 10 log₁₀(4/mean squared error) of values in [−1, 1], in dB. */
function psnrOf(a: Float32Array, b: Float32Array, { from, to }: { from: number; to: number }): number {
  let squares = 0;
  for (let i = from; i < to; i++) squares += (a[i] - Math.min(1, Math.max(-1, b[i]))) ** 2;
  return 10 * Math.log10((4 * (to - from)) / Math.max(squares, 1e-12));
}

/** Four pairs in a row. */
function pairs(shown: readonly Pixels[], step: number): Uint8Array {
  const width = Math.min(8, shown.length);
  const rows = Array.from({ length: Math.ceil(shown.length / width) }, (_, row) => ({
    images: shown.slice(row * width, (row + 1) * width),
  }));
  const columns = Array.from({ length: width }, (_, i) => (i % 2 === 0 ? "image" : "decoded"));
  return imageGrid({ rows, columns, group: 2, text: { step: String(step) } });
}
