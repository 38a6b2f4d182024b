import { rawImage, type RawImage } from "../../image.ts";
import type { Colour } from "../colours.ts";
import { patternField, valueNoise, type Field } from "./pattern.ts";
import { shapeKinds, type Clutter, type Fill, type Scene, type SceneObject } from "./scene.ts";
import { shapeDistance } from "./shape-distance.ts";

/** A picture and the class of each of its pixels, [size, size]: 0 background, 1 + label on the object. */
export interface Rendering {
  readonly image: RawImage;
  readonly mask: Uint8Array;
}

/** Samples along each side of a pixel: outlines are exact, this is for the textures. */
const samplesPerSide = 2;
/** Cells of the grain along a side of the picture. */
const grainCells = 40;

/** One thing to paint: its distance function in picture sides, its colour, and what it writes to the mask. */
interface Layer {
  readonly distance: Field;
  readonly paint: Paint;
  readonly maskValue: number;
}
type Paint = (x: number, y: number, out: Float64Array) => void;

/**
 * Draws a scene as a square of `size` pixels: coverage-weighted colour, and a mask without blending (the class at the
 * pixel's centre). The same scene at another size is the same picture.
 */
export function renderScene(scene: Scene, size: number): Rendering {
  const image = rawImage(size, size);
  const mask = new Uint8Array(size * size);
  const layers = sceneLayers(scene);
  const background = paintFill(scene.background);
  const shade = shading(scene);
  const near: Layer[] = [];
  const colour = new Float64Array(3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5) / size;
      const y = (row + 0.5) / size;
      const at = row * size + column;
      near.length = 0;
      for (const layer of layers) {
        const distance = layer.distance(x, y);
        if (distance < 0) mask[at] = layer.maskValue;
        if (distance < 1.5 / size) near.push(layer); // the others touch no sample of this pixel
      }
      paintPixel(background, near, x, y, size, colour);
      const light = shade(x, y);
      for (let c = 0; c < 3; c++) image.data[3 * at + c] = toByte(colour[c] + light);
    }
  }
  return { image, mask };
}

/** The mean colour of the samples in the pixel around (x, y). */
function paintPixel(background: Paint, layers: Layer[], x: number, y: number, size: number, mean: Float64Array): void {
  const step = 1 / (size * samplesPerSide);
  const first = -0.5 * (samplesPerSide - 1) * step;
  mean.fill(0);
  for (let i = 0; i < samplesPerSide; i++) {
    for (let j = 0; j < samplesPerSide; j++) {
      const sampleX = x + first + j * step;
      const sampleY = y + first + i * step;
      background(sampleX, sampleY, sampleColour);
      for (const layer of layers) cover(layer, sampleX, sampleY, step, sampleColour);
      for (let c = 0; c < 3; c++) mean[c] += sampleColour[c] / samplesPerSide ** 2;
    }
  }
}

/** Working space of `paintPixel`: one array instead of one for each pixel. */
const sampleColour = new Float64Array(3);

/** Paints `layer` over `colour` by the share of the sample's square, of side `width`, that it covers. */
function cover(layer: Layer, x: number, y: number, width: number, colour: Float64Array): void {
  const share = 0.5 - layer.distance(x, y) / width;
  if (share <= 0) return;
  const red = colour[0];
  const green = colour[1];
  const blue = colour[2];
  layer.paint(x, y, colour);
  if (share >= 1) return;
  colour[0] = red + share * (colour[0] - red);
  colour[1] = green + share * (colour[1] - green);
  colour[2] = blue + share * (colour[2] - blue);
}

function sceneLayers(scene: Scene): Layer[] {
  return [
    ...scene.clutter.filter((item) => !item.above).map(clutterLayer),
    ...scene.objects.map(objectLayer),
    ...scene.clutter.filter((item) => item.above).map(clutterLayer),
  ];
}

function objectLayer({ kind, centre, radius, angle, fill }: SceneObject): Layer {
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const shape = shapeDistance(kind);
  return {
    distance(x, y) {
      const dx = x - centre[0];
      const dy = y - centre[1];
      return radius * shape(dx * cos + dy * sin, dy * cos - dx * sin);
    },
    paint: paintFill(fill),
    maskValue: 1 + shapeKinds.indexOf(kind),
  };
}

function clutterLayer({ from, to, width, colour }: Clutter): Layer {
  const [ax, ay] = [to[0] - from[0], to[1] - from[1]];
  const lengthSquared = ax * ax + ay * ay;
  return {
    distance(x, y) {
      const along = lengthSquared === 0 ? 0 : ((x - from[0]) * ax + (y - from[1]) * ay) / lengthSquared;
      const t = Math.min(1, Math.max(0, along));
      const dx = x - from[0] - t * ax;
      const dy = y - from[1] - t * ay;
      return Math.sqrt(dx * dx + dy * dy) - width / 2; // Math.hypot takes several times as long
    },
    paint: paintColour(colour),
    maskValue: 0,
  };
}

function paintFill({ pattern, colours: [first, second] }: Fill): Paint {
  const field = patternField(pattern);
  return (x, y, out) => {
    const t = field(x, y);
    for (let c = 0; c < 3; c++) out[c] = first[c] + t * (second[c] - first[c]);
  };
}

const paintColour =
  (colour: Colour): Paint =>
  (_x, _y, out) => {
    for (let c = 0; c < 3; c++) out[c] = colour[c];
  };

/** What light and grain add to all channels at a place. */
function shading({ light, grain }: Scene): Field {
  const [cos, sin] = [Math.cos(light.angle), Math.sin(light.angle)];
  return (x, y) => {
    const slope = light.strength * ((x - 0.5) * cos + (y - 0.5) * sin);
    return slope + grain.strength * (valueNoise(x * grainCells, y * grainCells, grain.lattice) - 0.5);
  };
}

const toByte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
