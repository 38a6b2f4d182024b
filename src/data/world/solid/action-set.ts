import { generator, type Generator } from "../../../random/generator.ts";
import { mainColours, type ColourName } from "../colours.ts";
import { between, countBetween, oneOf } from "../draw-random.ts";
import { actionNames, actions, facesCamera, type ActionName, type Cast } from "../things/actions.ts";
import { paintColour, somebody, type ThingName } from "../things/categories.ts";
import { noisyLabel, requireTask, withoutHeldOut, type WorldRequest, type WorldSet } from "../world-set.ts";
import { groundAt, type Camera } from "./camera.ts";
import { describeGround, dry } from "./describe-ground.ts";
import { looseThing } from "./place-thing.ts";
import { renderClip } from "./render-clip.ts";
import type { SolidScene, Thing } from "./scene.ts";
import { stand, type Stage } from "./stage.ts";
import { unit } from "./vector.ts";

const seconds = 1.6;
const defaultFrames = 16;
/** What may stand about in the background. */
const scenery: readonly ThingName[] = ["tree", "lamp", "house", "cactus", "snowman"];

/** Clips of people that do something; twelve classes in turn. The whole action takes the whole clip. */
export function actionSet(request: WorldRequest): WorldSet {
  requireTask(request, ["label", "clip"]);
  const { options, imageSize, seed, split } = request;
  const colours = withoutHeldOut("colours", options.colours ?? mainColours, options.holdOut?.colours);
  const frames = options.frames ?? defaultFrames;
  const width = Math.round(imageSize * (options.aspect ?? 1));
  const label = (index: number): number => noisyLabel(request, index, index % actionNames.length, actionNames.length);
  return {
    classNames: actionNames,
    targets: { clip: {} },
    label,
    read(index) {
      const random = generator(seed, `world/actions-1/${split}`, index);
      const moments = actionMoments(random, actionNames[index % actionNames.length], colours, {
        frames,
        aspect: width / imageSize,
      });
      const clip = renderClip(moments, { width, height: imageSize }, { framesPerSecond: frames / seconds });
      return { image: clip.frames[0], label: label(index), targets: { clip } };
    },
  };
}

function actionMoments(
  random: Generator,
  name: ActionName,
  colours: readonly ColourName[],
  { frames, aspect }: { readonly frames: number; readonly aspect: number },
): SolidScene[] {
  const camera = actionCamera(random, aspect);
  const depth = between(random, [3.3, 4.3]);
  const [x, z] = groundAt(camera, between(random, [-0.08, 0.08]), depth);
  const aside = facesCamera(name)
    ? Math.PI + between(random, [-0.7, 0.7])
    : oneOf(random, [-1, 1]) * (Math.PI / 2) + between(random, [-0.35, 0.35]);
  const stage: Stage = { x, z, heading: aside };
  const paint = () => paintColour(random, oneOf(random, colours));
  const cast: Cast = {
    actor: somebody(random, paint()),
    other: somebody(random, paint()),
    paint: paint(),
    phase: random.uniform(),
    speed: between(random, [0.85, 1.1]),
  };
  const scene: SolidScene = {
    camera,
    ground: dry(describeGround(random, 1)),
    sun: unit([between(random, [-1, 1]), 1, between(random, [-1, 0])]),
    contrast: between(random, [0.45, 0.7]),
    things: someScenery(random, camera, colours),
  };
  return Array.from({ length: frames }, (_, t) => ({
    ...scene,
    things: [...scene.things, ...stand(actions[name](t / (frames - 1), cast), stage)],
  }));
}

function actionCamera(random: Generator, aspect: number): Camera {
  const fov = between(random, [0.85, 0.95]);
  return {
    height: between(random, [1.2, 1.7]),
    pitch: between(random, [0.09, 0.16]),
    focal: 1 / (2 * Math.tan(fov / 2)),
    aspect,
    farthest: 10,
  };
}

/** Far enough behind not to be in anyone's way. */
function someScenery(random: Generator, camera: Camera, colours: readonly ColourName[]): Thing[] {
  return Array.from({ length: countBetween(random, [0, 2]) }, (_, k) => {
    const { height: _height, ...thing } = looseThing(random, oneOf(random, scenery), oneOf(random, colours));
    const [x, z] = groundAt(camera, between(random, [-0.5, 0.5]), 7.5 + 1.5 * k);
    return { ...thing, x, z, track: 100 + k };
  });
}
