import type { Generator } from "../../../random/generator.ts";
import { rawImage, type RawImage } from "../../image.ts";
import { shapeKinds, type ShapeKind } from "./scene.ts";

/** Red, green and blue in [−1, 1]. */
type Signed = readonly [number, number, number];

/** A picture of U-ViT's small-scale world (`u-vit.md` 9.4). Coordinates in [−1, 1], x to the right and y down. */
export interface UVitPicture {
  readonly shape: ShapeKind;
  /** The background goes from the one to the other along `backgroundAngle`. */
  readonly background: readonly [Signed, Signed];
  readonly backgroundAngle: number;
  readonly centre: readonly [x: number, y: number];
  readonly radius: number;
  readonly fill: Signed;
  /** A second fill in stripes at `angle`. */
  readonly stripes?: { readonly fill: Signed; readonly angle: number };
  readonly caption?: string;
}

const namedColours = {
  red: [0.8, -0.8, -0.8],
  green: [-0.8, 0.8, -0.8],
  blue: [-0.8, -0.8, 0.8],
  yellow: [0.8, 0.8, -0.8],
  magenta: [0.8, -0.8, 0.8],
  cyan: [-0.8, 0.8, 0.8],
} as const satisfies Readonly<Record<string, Signed>>;
const names = Object.keys(namedColours) as (keyof typeof namedColours)[]; // a literal object has no other keys

/** Draws the picture of a class. `captioned`: colours with names, two sizes, and a caption. */
export function describeUVit(random: Generator, label: number, captioned: boolean): UVitPicture {
  const uniform = (low: number, high: number): number => low + (high - low) * random.uniform();
  const named = () => names[random.integer(names.length)];
  const anyColour = (): Signed => [uniform(-1, 1), uniform(-1, 1), uniform(-1, 1)];
  const ground = named();
  const [r, g, b] = namedColours[ground];
  const background: [Signed, Signed] = captioned
    ? [
        [r, g, b],
        [0.6 * r, 0.6 * g, 0.6 * b],
      ]
    : [anyColour(), anyColour()];
  const backgroundAngle = uniform(0, 2 * Math.PI);
  const centre = [uniform(-0.35, 0.35), uniform(-0.35, 0.35)] as const;
  const large = random.integer(2) === 1;
  const radius = captioned ? (large ? 0.6 : 0.4) : uniform(0.4, 0.6);
  let name = named();
  let fill: Signed = captioned ? namedColours[name] : anyColour();
  while (distanceToMiddle(fill, background) < 0.8) {
    name = named();
    fill = captioned ? namedColours[name] : anyColour();
  }
  const striped = random.uniform() < 0.5;
  let second = named();
  while (captioned && (second === name || second === ground)) second = named(); // or stripes would hide the outline
  const stripes = { fill: captioned ? namedColours[second] : anyColour(), angle: uniform(0, Math.PI) };
  const shape = shapeKinds[label];
  const words = [large ? "large" : "small", name, ...(striped ? ["striped"] : []), shape, "on", ground];
  return {
    shape,
    background,
    backgroundAngle,
    centre,
    radius,
    fill,
    ...(striped ? { stripes } : {}),
    ...(captioned ? { caption: words.join(" ") } : {}),
  };
}

function distanceToMiddle(colour: Signed, [a, b]: readonly [Signed, Signed]): number {
  const squares = colour.map((value, c) => (value - (a[c] + b[c]) / 2) ** 2);
  return Math.sqrt(squares[0] + squares[1] + squares[2]);
}

const samples = 4; // along a pixel's side

/** The picture at `size` pixels, rounded to 8 bits (v ↦ 127.5 (v + 1)), and the shape's pixels (by their middles). */
export function renderUVit(picture: UVitPicture, size: number): { image: RawImage; owner: Int16Array } {
  const image = rawImage(size, size);
  const owner = new Int16Array(size * size).fill(-1);
  const inside = insideShape(picture);
  const colour = colourAt(picture, inside);
  const place = (pixels: number): number => (2 * pixels) / size - 1;
  const sum = new Float64Array(3);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at++) {
      if (inside(place(column + 0.5), place(row + 0.5))) owner[at] = 0;
      sum.fill(0);
      for (let k = 0; k < samples * samples; k++) {
        const x = place(column + ((k % samples) + 0.5) / samples);
        colour(x, place(row + (Math.floor(k / samples) + 0.5) / samples), sum);
      }
      for (let c = 0; c < 3; c++) image.data[3 * at + c] = Math.round(127.5 * (sum[c] / samples ** 2 + 1));
    }
  }
  return { image, owner };
}

type Inside = (x: number, y: number) => boolean;

/** Adds the colour at a point to `sum`. */
function colourAt({ background: [a, b], backgroundAngle, fill, stripes, centre }: UVitPicture, inside: Inside) {
  const [cos, sin] = [Math.cos(backgroundAngle), Math.sin(backgroundAngle)];
  const [stripeX, stripeY] = stripes ? [Math.cos(stripes.angle), Math.sin(stripes.angle)] : [0, 0];
  return (x: number, y: number, sum: Float64Array): void => {
    if (inside(x, y)) {
      const along = (x - centre[0]) * stripeX + (y - centre[1]) * stripeY;
      const paint = stripes && Math.sin((2 * Math.PI * along) / 0.35) > 0 ? stripes.fill : fill;
      for (let c = 0; c < 3; c++) sum[c] += paint[c];
      return;
    }
    const weight = ((x * cos + y * sin) / Math.SQRT2 + 1) / 2;
    for (let c = 0; c < 3; c++) sum[c] += a[c] + weight * (b[c] - a[c]);
  };
}

function insideShape({ shape, centre, radius: r }: UVitPicture): Inside {
  const rules: Readonly<Record<ShapeKind, Inside>> = {
    disc: (x, y) => x * x + y * y <= r * r,
    square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.85 * r,
    triangle: (x, y) => y >= -r && y <= 0.8 * r && Math.abs(x) <= 0.55 * (y + r),
    cross: (x, y) => (Math.abs(x) <= 0.3 * r && Math.abs(y) <= r) || (Math.abs(y) <= 0.3 * r && Math.abs(x) <= r),
    ring: (x, y) => x * x + y * y <= r * r && x * x + y * y >= (0.55 * r) ** 2,
    diamond: (x, y) => Math.abs(x) + Math.abs(y) <= 1.15 * r,
    "horizontal bar": (x, y) => Math.abs(y) <= 0.3 * r && Math.abs(x) <= 1.2 * r,
    "vertical bar": (x, y) => Math.abs(x) <= 0.3 * r && Math.abs(y) <= 1.2 * r,
  };
  const rule = rules[shape];
  return (x, y) => rule(x - centre[0], y - centre[1]);
}
