import { generator } from "../../../random/generator.ts";
import { colourNames, mainColours, type ColourName } from "../colours.ts";
import { oneOf } from "../draw-random.ts";
import { thingNames, type ThingName } from "../things/categories.ts";
import { worldTasks, type WorldTask } from "../world-options.ts";
import {
  degradedSample,
  noisyLabel,
  requireTask,
  withoutHeldOut,
  type WorldRequest,
  type WorldSet,
} from "../world-set.ts";
import { describeSolid, type SolidOptions } from "./describe-solid.ts";
import { movingFrames } from "./moving-scene.ts";
import { drawPicture, prepareScene } from "./render-solid.ts";
import { solidTargetInfo, solidTargets } from "./solid-truth.ts";

/** Solid things before a camera; the label is the main thing's category, or category and colour. */
export function solidSet(request: WorldRequest): WorldSet {
  requireTask(request, worldTasks);
  const { options, task, imageSize, seed, split } = request;
  const { holdOut = {}, classes: wanted = 10 } = options;
  const things = withoutHeldOut("things", options.things ?? thingNames, holdOut.things);
  const palette = options.colours ?? (wanted === 10 ? mainColours : colourNames);
  const colours = withoutHeldOut("colours", palette, holdOut.colours);
  const classes = classesOf(mainThings(task, things), wanted === 10 ? undefined : colours.slice(0, 10));
  const solid = solidOptions(request, things, colours);
  const width = Math.round(imageSize * solid.aspect);
  const label = (index: number): number => noisyLabel(request, index, index % classes.length, classes.length);
  const describe = (index: number) => {
    const { category, colour = mainColour(request, index, classes.length, colours) } = classes[index % classes.length];
    return describeSolid(seed, split, index, { category, colour }, solid);
  };
  return {
    classNames: classes.map(({ name }) => name),
    targets: solidTargetInfo(task, 10),
    label,
    read(index) {
      const scene = describe(index);
      if (task === "clip") {
        const frames = movingFrames(scene, generator(seed, `world/scene-clips-1/${split}`, index), {
          frames: options.frames ?? 8,
          width,
          height: imageSize,
        });
        return { image: frames.frames[0], label: label(index), targets: { clip: frames } };
      }
      const prepared = prepareScene(scene);
      const image = drawPicture(prepared, width, imageSize);
      const sample = { image, label: label(index), targets: solidTargets(prepared, task, width, imageSize) };
      return degradedSample(sample, request, index);
    },
  };
}

/** Key points are asked of people, so people are what the pictures show. */
function mainThings(task: WorldTask, things: readonly ThingName[]): readonly ThingName[] {
  return task === "keypoints" && things.includes("person") ? ["person"] : things.slice(0, 10);
}

function solidOptions(
  { options }: WorldRequest,
  things: readonly ThingName[],
  colours: readonly ColourName[],
): SolidOptions {
  return {
    things,
    colours,
    clutter: options.objects ?? [1, 4],
    scale: options.scale ?? [0.35, 0.65],
    texture: options.groundTexture ?? 1,
    aspect: options.aspect ?? 1,
  };
}

interface SolidClass {
  readonly name: string;
  readonly category: ThingName;
  readonly colour?: ColourName;
}

function classesOf(things: readonly ThingName[], colours: readonly ColourName[] | undefined): SolidClass[] {
  if (colours === undefined) return things.map((category) => ({ name: category, category }));
  return things.flatMap((category) => colours.map((colour) => ({ name: `${colour} ${category}`, category, colour })));
}

/** Any colour; or, in a share of the training pictures, the one that goes with the class. */
function mainColour(
  { options, seed, split }: WorldRequest,
  index: number,
  classes: number,
  colours: readonly ColourName[],
): ColourName {
  const random = generator(seed, `world/scene-colour/${split}`, index);
  const biased = split === "train" && random.uniform() < (options.textureBias ?? 0);
  return biased ? colours[(index % classes) % colours.length] : oneOf(random, colours);
}
