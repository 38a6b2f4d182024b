import type { Command } from "../command.ts";

export const features: Command = {
  path: "features",
  summary: "encode an autoencoder's data to moments, for u-vit on latents",
  details:
    "Writes the moments of all images of the run's own data, training images in both orientations, to --to DIR in files " +
    "of 512 images. What is there is kept: given again, the command goes on where it was stopped.",
  usage: "RUN",
  things: [1, 1],
  flags: ["to", "out", "checkpoint", "device", "threads", "quiet", "json"],
  examples: ["features ae --to u-vit-moments", "features ae --to u-vit-moments --checkpoint last --json"],
  async run({ things: [name = ""], flags, terminal }) {
    const [{ RunDirectory }, { extractMoments }, { deviceFlags }] = await Promise.all([
      import("../../train/run-directory.ts"),
      import("../../systems/u-vit/latents/extract.ts"),
      import("../device-flags.ts"),
    ]);
    const run = RunDirectory.open(name, flags.out);
    const folder = flags.to ?? "u-vit-moments";
    const { counts, scale, channels, size } = await extractMoments({
      run,
      folder,
      checkpoint: flags.checkpoint,
      onProgress: (split, done, count) => terminal.note(`${split}: ${done}/${count} images`),
      ...deviceFlags(flags),
    });
    terminal.result({ folder, ...counts, scale, channels, size }, () => [
      `${folder}: moments of ${counts.train} training and ${counts.val} held-out images, ${channels} × ${size} × ${size}, k = ${scale.toFixed(5)}`,
      `next    fovea train u-vit/tiny-latent latents.from=${folder}`,
    ]);
  },
};
