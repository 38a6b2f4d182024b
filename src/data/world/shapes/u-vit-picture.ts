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
  const { shape, radius, background, backgroundAngle, fill, stripes, centre } = picture;
  const places = samplePlaces(size);
  const [xs, ys] = [places.map((x) => x - centre[0]), places.map((y) => y - centre[1])];
  const [acrossX, acrossY] = [places.map((x) => x * Math.cos(backgroundAngle)), places.map((y) => y * Math.sin(backgroundAngle))]; // prettier-ignore
  const { angle, fill: second } = stripes ?? { angle: 0, fill };
  const [alongX, alongY] = [xs.map((x) => x * Math.cos(angle)), ys.map((y) => y * Math.sin(angle))];
  const [[r0, g0, b0], [r1, g1, b1]] = background;
  const [dr, dg, db] = [r1 - r0, g1 - g0, b1 - b0];
  const image = rawImage(size, size);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      let [r, g, b] = [0, 0, 0]; // all in one function, for this is most of the time that a picture takes
      for (let y = samples * row; y < samples * (row + 1); y++) {
        for (let x = samples * column; x < samples * (column + 1); x++) {
          if (isInside(shape, radius, xs[x], ys[y])) {
            const striped = stripes !== undefined && Math.sin((2 * Math.PI * (alongX[x] + alongY[y])) / 0.35) > 0;
            const paint = striped ? second : fill;
            r += paint[0];
            g += paint[1];
            b += paint[2];
          } else {
            const weight = ((acrossX[x] + acrossY[y]) / Math.SQRT2 + 1) / 2;
            r += r0 + weight * dr;
            g += g0 + weight * dg;
            b += b0 + weight * db;
          }
        }
      }
      image.data[at] = Math.round(127.5 * (r / samples ** 2 + 1));
      image.data[at + 1] = Math.round(127.5 * (g / samples ** 2 + 1));
      image.data[at + 2] = Math.round(127.5 * (b / samples ** 2 + 1));
    }
  }
  return { image, owner: ownerOf(picture, size) };
}

/** Coordinates of the samples along a side. */
const samplePlaces = (size: number): Float64Array =>
  Float64Array.from({ length: samples * size }, (_, i) => {
    const pixel = Math.floor(i / samples) + ((i % samples) + 0.5) / samples;
    return (2 * pixel) / size - 1;
  });

/** 0 where a pixel's middle is inside the shape, else −1. */
function ownerOf({ shape, radius, centre }: UVitPicture, size: number): Int16Array {
  const owner = new Int16Array(size * size).fill(-1);
  const place = (pixels: number): number => (2 * pixels) / size - 1;
  for (let row = 0, at = 0; row < size; row++) {
    const y = place(row + 0.5) - centre[1];
    for (let column = 0; column < size; column++, at++) {
      if (isInside(shape, radius, place(column + 0.5) - centre[0], y)) owner[at] = 0;
    }
  }
  return owner;
}

/** Whether the point (x, y) from its centre is in the shape: no table of closures, for those would box each coordinate. */
function isInside(shape: ShapeKind, r: number, x: number, y: number): boolean {
  switch (shape) {
    case "disc":
      return x * x + y * y <= r * r;
    case "square":
      return Math.max(Math.abs(x), Math.abs(y)) <= 0.85 * r;
    case "triangle":
      return y >= -r && y <= 0.8 * r && Math.abs(x) <= 0.55 * (y + r);
    case "cross":
      return (Math.abs(x) <= 0.3 * r && Math.abs(y) <= r) || (Math.abs(y) <= 0.3 * r && Math.abs(x) <= r);
    case "ring":
      return x * x + y * y <= r * r && x * x + y * y >= (0.55 * r) ** 2;
    case "diamond":
      return Math.abs(x) + Math.abs(y) <= 1.15 * r;
    case "horizontal bar":
      return Math.abs(y) <= 0.3 * r && Math.abs(x) <= 1.2 * r;
    case "vertical bar":
      return Math.abs(x) <= 0.3 * r && Math.abs(y) <= 1.2 * r;
  }
}
