import { generator, type Generator } from "../../../random/generator.ts";
import { rawImage, type RawImage } from "../../image.ts";
import { between, oneOf } from "../draw-random.ts";
import { requireTask, type WorldRequest, type WorldSet } from "../world-set.ts";
import type { Camera } from "./camera.ts";
import { describeGround } from "./describe-ground.ts";
import { describeEvent, eventNames, type EventName } from "./surveillance-events.ts";
import { reachOf, streetFocal, streetRate, traffic } from "./surveillance-traffic.ts";
import { looseThing } from "./place-thing.ts";
import { renderClip } from "./render-clip.ts";
import type { SolidScene, Thing } from "./scene.ts";
import { stuffIndex } from "./stuff.ts";
import { unit } from "./vector.ts";

const defaultFrames = 200;
/** Standard deviation of the sensor's noise in each frame, pixels in [0, 1]. */
const sensorNoise = 0.012;

/**
 * Videos of one still camera above two lanes of walkers. Those of `train` are normal; of those of `val` five in six have
 * one or two events of one kind, in turns. The label is the kind of event, 0 where there is none.
 */
export function surveillanceSet(request: WorldRequest): WorldSet {
  requireTask(request, ["label", "clip"]);
  const { options, imageSize, seed, split } = request;
  const frames = options.frames ?? defaultFrames;
  const width = Math.round(imageSize * (options.aspect ?? 1.5));
  const site = streetSite(seed, width / imageSize);
  const eventOf = (index: number): EventName | undefined =>
    split === "train" || index % 6 === 5 ? undefined : eventNames[(Math.floor(index / 6) * 5 + (index % 6)) % 6];
  const label = (index: number): number => {
    const event = eventOf(index);
    return event === undefined ? 0 : 1 + eventNames.indexOf(event);
  };
  return {
    classNames: ["normal", ...eventNames],
    targets: { clip: {} },
    label,
    read(index) {
      const moments = streetMoments(request, site, index, eventOf(index), frames);
      const finish = noisyCamera(request, index, width, imageSize);
      const clip = renderClip(
        moments,
        { width, height: imageSize },
        { framesPerSecond: streetRate, anomalies: true, finish },
      );
      return { image: clip.frames[0], label: label(index), targets: { clip } };
    },
  };
}

/** The same street for all videos of a seed. */
function streetSite(seed: number, aspect: number): SolidScene {
  const random = generator(seed, "world/surveillance-site-1");
  const camera: Camera = {
    height: between(random, [4.2, 5]),
    pitch: between(random, [0.36, 0.4]),
    focal: streetFocal,
    aspect,
    farthest: 40,
  };
  const { strip: _strip, ...ground } = describeGround(random, 0.8);
  return {
    camera,
    ground: {
      ...ground,
      base: stuffIndex("grass"),
      strip: { stuff: stuffIndex("pavement"), x: 0, z: 10, angle: 0, width: 6 },
    },
    sun: unit([0.5, 1, -0.4]),
    contrast: 0.6,
    things: someScenery(random),
  };
}

/** What stands behind the street, always there and always normal. */
function someScenery(random: Generator): Thing[] {
  return [-5.5, -1.5, 2.5, 6].map((x, k) => {
    const category = oneOf(random, ["tree", "tree", "lamp", "house"] as const);
    const { height: _height, ...thing } = looseThing(random, category, category === "tree" ? "green" : "orange");
    return { ...thing, x: x + between(random, [-1, 1]), z: between(random, [14.5, 17]), track: 200_000 + k };
  });
}

function streetMoments(
  { seed, split }: WorldRequest,
  site: SolidScene,
  index: number,
  event: EventName | undefined,
  frames: number,
): SolidScene[] {
  const random = generator(seed, `world/surveillance-1/${split}`, index);
  const reach = reachOf(site.camera.aspect);
  const walkers = traffic(seed, split, index, { count: 1 + random.integer(9), reach });
  const count = event === undefined ? 0 : 1 + random.integer(2);
  const events = Array.from({ length: count }, (_, k) =>
    // an event has at most two things, and tracks of its own above the walkers'
    describeEvent(random, event ?? "running", { frames, reach }, 100_000 + 10 * k),
  );
  return Array.from({ length: frames }, (_, frame) => ({
    ...site,
    things: [...site.things, ...walkers(frame), ...events.flatMap((things) => things(frame))],
  }));
}

/** Adds noise that is drawn once a video and shifted from frame to frame: as good as new, and ten times as fast. */
function noisyCamera({ seed, split }: WorldRequest, index: number, width: number, height: number) {
  const random = generator(seed, `world/surveillance-noise-1/${split}`, index);
  const noise = random.fillNormal(new Float32Array(3 * width * height), 0, 255 * sensorNoise);
  return ({ data }: RawImage, frame: number): RawImage => {
    const image = rawImage(width, height);
    const shift = generator(seed, "world/surveillance-noise-shift-1", index, frame).integer(noise.length);
    for (let at = 0, from = shift; at < data.length; at++, from++) {
      if (from === noise.length) from = 0;
      image.data[at] = Math.min(255, Math.max(0, Math.round(data[at] + noise[from])));
    }
    return image;
  };
}
