import { rawImage, type RawImage } from "../image.ts";

/**
 * Hue turned by `turns` (−½ to ½), through 8-bit HSV: bit for bit torchvision's `adjust_hue` of a Pillow image.
 * Source: Pillow `Convert.c`, rgb2hsv and hsv2rgb.
 */
export function shiftHue(image: RawImage, turns: number): RawImage {
  const shift = Math.trunc(turns * 255);
  const result = rawImage(image.width, image.height);
  for (let i = 0; i < image.data.length; i += 3) {
    const [h, s, v] = toHsv(image.data[i], image.data[i + 1], image.data[i + 2]);
    result.data.set(toRgb((h + shift) & 255, s, v), i);
  }
  return result;
}

function toHsv(r: number, g: number, b: number): [h: number, s: number, v: number] {
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  if (most === least) return [0, 0, most];
  const range = most - least;
  const [rc, gc, bc] = [(most - r) / range, (most - g) / range, (most - b) / range];
  const sixths = r === most ? bc - gc : g === most ? 2 + rc - bc : 4 + gc - rc;
  const turn = (sixths / 6 + 1) % 1;
  return [Math.trunc(turn * 255), Math.trunc((range / most) * 255), most];
}

function toRgb(h: number, s: number, v: number): [r: number, g: number, b: number] {
  if (s === 0) return [v, v, v];
  const sixths = (h * 6) / 255;
  const sector = Math.floor(sixths);
  const [rest, purity] = [sixths - sector, s / 255];
  const p = Math.round(v * (1 - purity));
  const q = Math.round(v * (1 - purity * rest));
  const t = Math.round(v * (1 - purity * (1 - rest)));
  const sectors: [number, number, number][] = [[v, t, p], [q, v, p], [p, v, t], [p, q, v], [t, p, v], [v, p, q]]; // prettier-ignore
  return sectors[sector % 6];
}
