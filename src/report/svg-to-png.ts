import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { type PngText, withPngText } from "../formats/png-text.ts";

const packages = createRequire(import.meta.url);
/** Letters from the package only: what is installed on the machine must not change a picture. */
const font = {
  loadSystemFonts: false,
  fontFiles: ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) => packages.resolve(`dejavu-fonts-ttf/ttf/${file}`)),
  defaultFontFamily: "DejaVu Sans",
  sansSerifFamily: "DejaVu Sans",
};

export interface SvgToPngOptions {
  /** Pixels of the PNG for one of the SVG. Default 2. */
  readonly scale?: number;
  /** Any CSS colour. Default white. */
  readonly background?: string;
  /** Text chunks that say where the picture comes from. */
  readonly text?: PngText;
}

/** The SVG document drawn as a PNG; `currentColor` is black. */
export function svgToPng(
  svg: string,
  { scale = 2, background = "white", text = {} }: SvgToPngOptions = {},
): Uint8Array {
  const image = new Resvg(svg, { font, background, fitTo: { mode: "zoom", value: scale } }).render();
  return withPngText(image.asPng(), text);
}

/** As `svgToPng`, as pixels: [height, width, 4], colours multiplied by alpha. */
export function svgToPixels(svg: string, background?: string): { width: number; height: number; data: Uint8Array } {
  const image = new Resvg(svg, { font, ...(background === undefined ? {} : { background }) }).render();
  return { width: image.width, height: image.height, data: image.pixels };
}
