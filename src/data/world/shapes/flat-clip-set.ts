import { generator, type Generator } from "../../../random/generator.ts";
import { between } from "../draw-random.ts";
import { noisyLabel, type WorldRequest, type WorldSet } from "../world-set.ts";
import { describeFlat, type FlatOptions } from "./describe-flat.ts";
import {
  directionClasses,
  directionMotion,
  motionClasses,
  movedScene,
  namedMotion,
  type Motion,
} from "./flat-motion.ts";
import type { FlatScene } from "./flat-scene.ts";
import { drawFlatGround, renderFlat } from "./render-flat.ts";
import { familyOf } from "./texture.ts";

const defaultFrames = 8;

/** Clips of a shape that moves over a still ground; the label is its motion. */
export function flatClipSet(request: WorldRequest, options: FlatOptions): WorldSet {
  const { seed, split, imageSize } = request;
  const count = request.options.frames ?? defaultFrames;
  const named = request.options.motion === "motions";
  const classNames = named ? motionClasses : directionClasses;
  const label = (index: number): number => noisyLabel(request, index, index % classNames.length, classNames.length);
  return {
    classNames,
    targets: { clip: {} },
    label,
    read(index) {
      const random = generator(seed, `world/shape-clips-1/${split}`, index);
      const motionClass = index % classNames.length;
      const motion = named ? namedMotion(motionClass, random.uniform()) : directionMotion(motionClass);
      const scene = centred(describeFlat(random, turnable(options, motion), {}), random);
      const ground = drawFlatGround(scene.ground, imageSize);
      const frames = Array.from({ length: count }, (_, frame) => {
        const time = frame - (count - 1) / 2;
        return renderFlat(movedScene(scene, motion, time), imageSize, ground).image;
      });
      return { image: frames[0], label: label(index), targets: { clip: { kind: "clip", frames } } };
    },
  };
}

/** At the clip's middle the shape lies in the central 12 of 32 pixels. */
function centred({ ground, objects }: FlatScene, random: Generator): FlatScene {
  const place = (): number => between(random, [0.5 - 6 / 32, 0.5 + 6 / 32]);
  return {
    ground,
    objects: objects.map((object, k) =>
      k === objects.length - 1 ? { ...object, centre: [place(), place()] } : object,
    ),
  };
}

/** A round shape shows its turning by its texture alone. */
function turnable(options: FlatOptions, motion: Motion): FlatOptions {
  if (motion.kind !== "turn") return options;
  const textures = options.textures.filter((name) => !["rings", "spots", undefined].includes(familyOf(name)));
  return textures.length > 0 ? { ...options, textures } : options;
}
