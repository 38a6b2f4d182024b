import { generator, type Generator } from "../../../random/generator.ts";
import type { Category } from "../../targets.ts";
import { mainColours } from "../colours.ts";
import { oneOf } from "../draw-random.ts";
import { instancesTarget, panopticTarget, semanticTarget, type Layers } from "../truth/layers.ts";
import type { ShapeAttribute, WorldTask } from "../world-options.ts";
import {
  degradedSample,
  noisyLabel,
  pairInfo,
  requireTask,
  withoutHeldOut,
  type WorldRequest,
  type WorldSet,
} from "../world-set.ts";
import { describeFlat, type FlatMain, type FlatOptions } from "./describe-flat.ts";
import { flatCaptions } from "./flat-caption.ts";
import { flatClipSet } from "./flat-clip-set.ts";
import { orientationNames, placeNames, sizeNames, type FlatScene } from "./flat-scene.ts";
import { renderFlat } from "./render-flat.ts";
import { shapeKinds } from "./scene.ts";
import { familyOf, textureFamilies, textureNames, type TextureName } from "./texture.ts";

const tasks: readonly WorldTask[] = [
  "label",
  "semantic",
  "instances",
  "panoptic",
  "captions",
  "noise",
  "rain",
  "low-light",
  "clip",
];

/** Pictures of one to five flat shapes, labelled by any attribute of the one on top. */
export function flatSet(request: WorldRequest): WorldSet {
  requireTask(request, tasks);
  const options = flatOptions(request);
  if (request.task === "clip") return flatClipSet(request, options);
  const classes = labelClasses(request, options);
  const categories = flatCategories(request);
  const label = (index: number): number => noisyLabel(request, index, index % classes.length, classes.length);
  return {
    classNames: classes.map(({ name }) => name),
    targets: { ...flatTargets(request.task, categories), ...pairInfo(request.task) },
    label,
    read(index) {
      const { seed, split, imageSize } = request;
      const random = generator(seed, `world/shapes-2/${split}`, index);
      const scene = describeFlat(random, options, classes[index % classes.length].main(random));
      const { image, owner } = renderFlat(scene, imageSize);
      const layers = flatLayers(scene, owner, imageSize, categories);
      const sample = { image, label: label(index), targets: targetsOf(request.task, scene, layers) };
      return degradedSample(sample, request, index);
    },
  };
}

function flatOptions({ options, task }: WorldRequest): FlatOptions {
  const { holdOut = {} } = options;
  const textures = options.textures ?? textureNames;
  return {
    shapes: withoutHeldOut("shapes", options.shapes ?? shapeKinds, holdOut.shapes),
    colours: withoutHeldOut("colours", options.colours ?? mainColours, holdOut.colours),
    textures,
    objects: options.objects ?? (task === "clip" ? [1, 1] : [1, 3]),
    groundTexture: options.groundTexture ?? (task === "clip" ? 1 : 0.7),
    scale: options.scale ?? (task === "clip" ? [8 / 32, 12 / 32] : [0.2, 0.45]),
    turn: options.turn ?? 0.2,
  };
}

/** The shapes by name, then the ground. What is held out keeps its number. */
function flatCategories({ options }: WorldRequest): Category[] {
  const shapes = options.shapes ?? shapeKinds;
  return [...shapes.map((name) => ({ name: name as string, thing: true })), { name: "ground", thing: false }].map(
    (category, index) => ({ ...category, id: index + 1 }),
  );
}

function flatTargets(task: WorldTask, categories: readonly Category[]): WorldSet["targets"] {
  switch (task) {
    case "semantic":
      return { semantic: { categories, ignore: 255 } };
    case "instances":
      return { instances: { categories: categories.slice(0, -1) } };
    case "panoptic":
      return { panoptic: { categories } };
    case "captions":
      return { captions: {} };
    default:
      return {};
  }
}

/** Maps of a picture of shapes. */
export function flatLayers(
  { objects }: FlatScene,
  owner: Int16Array,
  size: number,
  categories: readonly Category[],
): Layers {
  const index = (shape: string): number => categories.findIndex(({ name }) => name === shape);
  const behind = new Uint8Array(size * size).fill(categories.length - 1);
  return { width: size, height: size, owner, categories: objects.map(({ shape }) => index(shape)), behind };
}

/** Fewer pixels than 30 of 64 × 64 are no instance. */
const leastPixels = (size: number): number => Math.max(1, Math.round((30 / 4096) * size * size));

function targetsOf(task: WorldTask, scene: FlatScene, layers: Layers) {
  switch (task) {
    case "semantic":
      return { semantic: semanticTarget(layers) };
    case "instances":
      return { instances: instancesTarget(layers, leastPixels(layers.width)) };
    case "panoptic":
      return { panoptic: panopticTarget(layers) };
    case "captions":
      return { captions: { kind: "captions" as const, texts: flatCaptions(scene) } };
    default:
      return {};
  }
}

interface LabelClass {
  readonly name: string;
  readonly main: (random: Generator) => FlatMain;
}

/** One class for each value of the attribute, or each pair of values of two. */
function labelClasses({ options }: WorldRequest, flat: FlatOptions): LabelClass[] {
  const [first, second] = [options.label ?? "shape"].flat() as [ShapeAttribute, ShapeAttribute?]; // the schema allows two
  const ones = attributeClasses(first, flat);
  if (second === undefined) return ones;
  return ones.flatMap((a) =>
    attributeClasses(second, flat).map((b) => ({
      name: `${a.name}, ${b.name}`,
      main: (random: Generator) => ({ ...a.main(random), ...b.main(random) }),
    })),
  );
}

function attributeClasses(attribute: ShapeAttribute, flat: FlatOptions): LabelClass[] {
  const of = (names: readonly string[], main: (index: number) => FlatMain): LabelClass[] =>
    names.map((name, index) => ({ name, main: () => main(index) }));
  const textured = flat.textures.filter((name) => familyOf(name) !== undefined);
  switch (attribute) {
    case "shape":
      return of(flat.shapes, (index) => ({ shape: flat.shapes[index] }));
    case "colour":
      return of(flat.colours, (index) => ({ colour: flat.colours[index] }));
    case "size":
      return of(sizeNames, (size) => ({ size }));
    case "place":
      return of(placeNames, (place) => ({ place }));
    case "texture":
      return of(textured, (index) => ({ texture: textured[index] }));
    case "family":
      return textureFamilies
        .map((name) => ({ name, members: textured.filter((texture) => familyOf(texture) === name) }))
        .filter(({ members }) => members.length > 0)
        .map(({ name, members }) => ({ name, main: (random) => ({ texture: oneOf<TextureName>(random, members) }) }));
    case "orientation":
      // only textures that have one
      return orientationNames.map((name, orientation) => ({
        name,
        main: (random) => ({ orientation, texture: oneOf<TextureName>(random, ["fine stripes", "broad stripes"]) }),
      }));
  }
}
