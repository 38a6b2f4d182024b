import { generator } from "../../../random/generator.ts";
import type { WorldTask } from "../world-options.ts";
import { noisyLabel, requireTask, type WorldRequest, type WorldSet } from "../world-set.ts";
import { semanticTarget } from "../truth/layers.ts";
import { shapeKinds } from "./scene.ts";
import { describeUVit, renderUVit } from "./u-vit-picture.ts";

const tasks: readonly WorldTask[] = ["label", "semantic", "captions"];

/** The pictures of `u-vit.md` 9.4: eight classes in turn; with captions, named colours and two sizes. */
export function uVitSet(request: WorldRequest): WorldSet {
  requireTask(request, tasks);
  const { task, options, seed, split, imageSize } = request;
  const captioned = options.captioned ?? task === "captions";
  const categories = [...shapeKinds, "ground"].map((name, k) => ({ name, id: k + 1, thing: name !== "ground" }));
  const label = (index: number): number => noisyLabel(request, index, index % shapeKinds.length, shapeKinds.length);
  return {
    classNames: shapeKinds,
    targets: {
      ...(task === "semantic" ? { semantic: { categories, ignore: 255 } } : {}),
      ...(captioned ? { captions: {} } : {}),
    },
    label,
    read(index) {
      const kind = index % shapeKinds.length;
      const random = generator(seed, `world/u-vit-1/${split}`, index);
      const picture = describeUVit(random, kind, captioned);
      const { image, owner } = renderUVit(picture, imageSize);
      const behind = new Uint8Array(owner.length).fill(shapeKinds.length);
      const layers = { width: imageSize, height: imageSize, owner, categories: [kind], behind };
      const { caption } = picture;
      return {
        image,
        label: label(index),
        targets: {
          ...(task === "semantic" ? { semantic: semanticTarget(layers) } : {}),
          ...(caption === undefined ? {} : { captions: { kind: "captions", texts: [caption] } }),
        },
      };
    },
  };
}
