/** sRGB, each in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** The colours that have names in captions, and can be held out: a wheel of twelve hues, 30 degrees apart. */
export const colourNames = [
  "red",
  "orange",
  "yellow",
  "lime",
  "green",
  "mint",
  "cyan",
  "azure",
  "blue",
  "violet",
  "magenta",
  "rose",
] as const;
export type ColourName = (typeof colourNames)[number];

/** The eight that people tell apart best: the palette unless more are asked for. */
export const mainColours: readonly ColourName[] = [
  "red",
  "orange",
  "yellow",
  "green",
  "cyan",
  "blue",
  "violet",
  "magenta",
];

/** The colour of a hue in degrees, a saturation and a value (the largest channel), both in [0, 1]. */
export function fromHue(hue: number, saturation: number, value: number): Colour {
  const channel = (shift: number): number => {
    const k = (shift + hue / 60) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Degrees on the wheel. */
export const hueOf = (name: ColourName): number => 30 * colourNames.indexOf(name);

export const mixColours = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + t * (b[0] - a[0]),
  a[1] + t * (b[1] - a[1]),
  a[2] + t * (b[2] - a[2]),
];
export const lighten = (colour: Colour, t: number): Colour => mixColours(colour, [1, 1, 1], t);
export const darken = (colour: Colour, t: number): Colour => mixColours(colour, [0, 0, 0], t);
