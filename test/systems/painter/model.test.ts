import { describe, expect, test } from "vitest";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { normal } from "../../../src/nn/initialisers.ts";
import { initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { Painter, type PaintOptions } from "../../../src/systems/painter/model.ts";
import type { PainterOptions } from "../../../src/systems/painter/painter-options.ts";
import { isNewAfterMae } from "../../../src/systems/painter/sizes.ts";
import { toImage, toPatches } from "../../../src/systems/painter/stitched-patches.ts";
import { evaluate, host, relativeError, wave } from "../../nn/evaluate.ts";

const tiny: PainterOptions = {
  imageSize: [16, 8],
  patchSize: 4,
  width: 8,
  depth: 3,
  heads: 2,
  mergeAfter: 1,
  taps: [1, 2],
  headChannels: 4,
  positions: { imageSize: 12 },
  relativePositions: normal(0, 0.5),
};
const half = [0, 0, 0, 0, 1, 1, 1, 1];

interface Given {
  readonly images?: HostTensor;
  readonly targets?: HostTensor;
  readonly mask?: readonly number[];
  readonly types?: readonly number[];
  readonly batch?: number;
  readonly states?: (states: Map<string, HostTensor>) => void;
}

async function painted(options: Partial<PainterOptions>, given: Given = {}, how: PaintOptions = {}): Promise<number[]> {
  const network = prepare(new Painter({ ...tiny, ...options }));
  const states = initialise(network, 0);
  given.states?.(states);
  const { batch = 1, mask = half, types } = given;
  const images = given.images ?? wave([batch, 3, 16, 8]);
  const targets = given.targets ?? wave([batch, 3, 16, 8], 2);
  const [, , height, width] = images.shape;
  const feeds: Record<string, HostTensor> = { images, targets, mask: host([1, (height * width) / 16], mask) };
  if (types !== undefined) feeds["types"] = host([batch], types);
  const y = network.forward(
    {
      images: input("images", images.shape),
      targets: input("targets", targets.shape),
      mask: input("mask", feeds["mask"].shape),
      ...(types === undefined ? {} : { segmentTypes: input("types", [batch]) }),
    },
    how,
  );
  expect(y.shape).toEqual(images.shape);
  return (await evaluate({ y }, { state: states, feeds }))["y"];
}

/** Values of `image` with those from row `first` to before `end` replaced. */
const changed = (image: HostTensor, first: number, end: number): HostTensor =>
  host(image.shape, Array.from(image.data as Float32Array, (v, i) => (Math.floor((i % 128) / 8) >= first && Math.floor((i % 128) / 8) < end ? -v + 1 : v))); // prettier-ignore

describe("what the network sees", () => {
  test("a target behind the mask changes nothing, in no bit; a seen one and an image do", async () => {
    const targets = wave([1, 3, 16, 8], 2);
    const y = await painted({});
    expect(await painted({}, { targets: changed(targets, 8, 16) })).toEqual(y);
    expect(await painted({}, { targets: changed(targets, 0, 4) })).not.toEqual(y);
    expect(await painted({}, { images: changed(wave([1, 3, 16, 8]), 12, 16) })).not.toEqual(y);
  });

  test("two equal streams are their mean", async () => {
    const same = (states: Map<string, HostTensor>) => states.set("segment_token_y", states.get("segment_token_x")!);
    const images = wave([1, 3, 16, 8]);
    const given = { images, targets: images, mask: half.map(() => 0), states: same };
    // where both streams are equal it makes no difference when they meet
    const [early, late] = [await painted({ mergeAfter: 0 }, given), await painted({ mergeAfter: 2 }, given)];
    expect(relativeError(early, late)).toBeLessThan(1e-5);
  });

  test("queries in parts paint what they paint at once, in windows too", async () => {
    for (const options of [{}, { windows: { size: 3, blocks: [0, 2] } }])
      expect(relativeError(await painted(options, {}, { rowsAtOnce: 1 }), await painted(options))).toBeLessThan(1e-5);
  });

  test("a window over the whole map is global attention where nothing is padded", async () => {
    const square: Partial<PainterOptions> = { imageSize: [16, 16], relativePositions: false, positions: "none" };
    const given = { images: wave([1, 3, 16, 16]), targets: wave([1, 3, 16, 16], 2), mask: [...half, ...half] };
    const y = await painted({ ...square, windows: { size: 4, blocks: [0, 1, 2] } }, given);
    expect(relativeError(y, await painted(square, given))).toBeLessThan(1e-6);
  });

  test("bottlenecks of convolutions start as nothing", async () => {
    const y = await painted({ residualBlocks: [1] });
    expect(relativeError(y, await painted({}))).toBeLessThan(1e-6);
    const norm3 = "blocks.1.residual.norm3.weight";
    const open = (states: Map<string, HostTensor>) => states.set(norm3, host([8], new Float32Array(8).fill(1)));
    expect(relativeError(await painted({ residualBlocks: [1] }, { states: open }), y)).toBeGreaterThan(0.001);
  });

  test("larger images than its own are painted, whatever its positions", async () => {
    const larger = { images: wave([1, 3, 24, 12]), targets: wave([1, 3, 24, 12]), mask: Array<number>(18).fill(1) };
    for (const positions of ["none", "grid", { imageSize: 8, classToken: false }] as const)
      expect((await painted({ positions }, larger)).every(Number.isFinite)).toBe(true);
    expect((await painted({ headChannels: 0 }, larger)).every(Number.isFinite)).toBe(true);
  });
});

describe("SegGPT", () => {
  const types = { segmentTypes: true };

  test("takes instances where no type is given, and a type makes a difference", async () => {
    expect(await painted(types)).toEqual(await painted(types, { types: [1] }));
    expect(await painted(types)).not.toEqual(await painted(types, { types: [0] }));
  });

  test.each([2, 3])("%d identical prompts paint what one does", async (n) => {
    const repeated = (image: HostTensor) => host([n, 3, 16, 8], Array.from({ length: n }, () => [...(image.data as Float32Array)]).flat()); // prettier-ignore
    const [images, targets] = [wave([1, 3, 16, 8]), wave([1, 3, 16, 8], 2)];
    const one = await painted(types, { images, targets });
    const all = { images: repeated(images), targets: repeated(targets), batch: n };
    const many = await painted(types, all, { shareQueryFrom: 0 });
    for (let i = 0; i < many.length; i++) expect(many[i]).toBeCloseTo(one[i % one.length], 5);
  });

  test("different prompts of one query paint the same answer but at the seam", async () => {
    const query = wave([1, 3, 16, 8], 3).data as Float32Array;
    const stitched = (scale: number) => {
      const own = wave([2, 3, 16, 8], scale).data as Float32Array;
      return host(
        [2, 3, 16, 8],
        Array.from(own, (v, i) => (i % 128 < 64 ? v * (1 + i) : query[i % 384])),
      );
    };
    const given = { images: stitched(1), targets: stitched(2), batch: 2 };
    const y = await painted(types, given, { shareQueryFrom: 0 });
    const rows = (sample: number, first: number, end: number) =>
      y.slice(384 * sample, 384 * sample + 384).filter((_, i) => i % 128 >= 8 * first && i % 128 < 8 * end);
    expect(relativeError(rows(0, 9, 16), rows(1, 9, 16))).toBeLessThan(1e-5);
    expect(relativeError(rows(0, 8, 9), rows(1, 8, 9))).toBeGreaterThan(1e-4);
    expect(relativeError(rows(0, 0, 8), rows(1, 0, 8))).toBeGreaterThan(1e-3);
  });
});

test("patches hold (row, column, channel) and become the image again", async () => {
  const x = wave([2, 3, 8, 4]);
  const patches = toPatches(input("x", x.shape), 2);
  const found = await evaluate({ patches, image: toImage(patches, 2, [4, 2]) }, { feeds: { x } });
  expect(found["image"]).toEqual(Array.from(x.data));
  // sample 0, patch (0, 1): pixels (0, 2), (0, 3), (1, 2), (1, 3), three channels each
  const pixel = (channel: number, row: number, column: number) => Number(x.data[channel * 32 + row * 4 + column]);
  const expected = [[0, 2], [0, 3], [1, 2], [1, 3]].flatMap(([r, c]) => [0, 1, 2].map((channel) => pixel(channel, r, c))); // prettier-ignore
  expect(found["patches"].slice(12, 24)).toEqual(expected);
});

describe("files of weights", () => {
  const build = (options: Partial<PainterOptions> = {}) => prepare(new Painter({ ...tiny, ...options }));

  /** SegGPT's names of the Hugging Face port, as the specification lists them. */
  const ported = (name: string): string => {
    const renames: [RegExp, string][] = [
      [/^patch_embed\.proj/, "embeddings.patch_embeddings.projection"],
      [/^mask_token/, "embeddings.mask_token"],
      [/^segment_token_x/, "embeddings.segment_token_input"],
      [/^segment_token_y/, "embeddings.segment_token_prompt"],
      [/^type_token_cls/, "embeddings.type_token_semantic"],
      [/^type_token_ins/, "embeddings.type_token_instance"],
      [/^pos_embed/, "embeddings.position_embeddings"],
      [/^blocks\.(\d+)\.attn/, "encoder.layers.$1.attention"],
      [/^blocks\.(\d+)\.norm1/, "encoder.layers.$1.layernorm_before"],
      [/^blocks\.(\d+)\.norm2/, "encoder.layers.$1.layernorm_after"],
      [/^blocks\.(\d+)\.mlp\.fc(\d)/, "encoder.layers.$1.mlp.lin$2"],
      [/^norm\./, "encoder.layernorm."],
      [/^decoder_embed/, "decoder.decoder_embed"],
      [/^decoder_pred\.0/, "decoder.decoder_pred.conv"],
      [/^decoder_pred\.1/, "decoder.decoder_pred.layernorm"],
      [/^decoder_pred\.3/, "decoder.decoder_pred.head"],
    ];
    const [pattern, replacement] = renames.find(([each]) => each.test(name))!; // every parameter has one
    return name.replace(pattern, replacement);
  };

  test("the official layout has one name for every parameter, below `model`", () => {
    const network = build();
    const states = initialise(network, 5);
    const file = new Map([...states].map(([name, value]) => [`model.${name}`, value]));
    const loaded = loadPretrained(network, file, checkpointLayouts.painter);
    expect(loaded.states).toEqual(states);
    expect([loaded.missing, loaded.unexpected]).toEqual([[], []]);
  });

  test.each(["", "model."])("the Hugging Face port with prefix %j loads whole", (prefix) => {
    const network = build({ segmentTypes: true });
    const states = initialise(network, 5);
    const theirs = (name: string) => (name.startsWith("decoder") ? ported(name) : prefix + ported(name));
    const file = new Map([...states].map(([name, value]) => [theirs(name), value]));
    const loaded = loadPretrained(network, file, checkpointLayouts["seggpt-hugging-face"]);
    expect(loaded.states).toEqual(states);
    expect([loaded.missing, loaded.unexpected]).toEqual([[], []]);
  });

  test("MAE's file starts the encoder; class token, mask token and decoder stay out", () => {
    const network = build();
    const states = initialise(network, 5);
    const encoder = [...states].filter(([name]) => !isNewAfterMae(name));
    const file = new Map([
      ...encoder,
      ["cls_token", host([1, 1, 8], new Float32Array(8))],
      ["mask_token", host([1, 1, 4], new Float32Array(4))],
      ["decoder_embed.weight", host([4, 8], new Float32Array(32))],
    ] as [string, HostTensor][]);
    const loaded = loadPretrained(network, file, checkpointLayouts["painter-from-mae"], { isNew: isNewAfterMae });
    expect(loaded.states).toEqual(new Map(encoder));
    expect(loaded.dropped).toEqual(["cls_token", "mask_token", "decoder_embed.weight"]);
    expect(loaded.missing).toEqual([...parameters(network).keys()].filter(isNewAfterMae));
    expect(encoder.some(([name]) => name === "pos_embed")).toBe(true);
  });

  test("tables of windows do not go into a network of global attention", () => {
    const windowed = build({ windows: { size: 2, blocks: [0] } });
    expect(() => loadPretrained(build(), initialise(windowed, 0), checkpointLayouts.painter)).toThrow(/rel_pos_h/);
  });
});

test("taps, blocks and sizes that do not fit are refused", () => {
  const refused = (options: Partial<PainterOptions>) => () => new Painter({ ...tiny, ...options });
  expect(refused({ taps: [1, 3] })).toThrow("taps [1, 3] are not blocks of a network of depth 3");
  expect(refused({ mergeAfter: 3 })).toThrow("mergeAfter 3 is no block of a network of depth 3");
  expect(refused({ imageSize: [16, 6] })).toThrow("image size [16, 6] does not cut into patches of 4");
  expect(refused({ positions: { imageSize: 2 } })).toThrow("positions for images of 2 pixels have no patch of 4");
  const image = input("image", [2, 3, 16, 8]);
  const network = prepare(new Painter(tiny));
  const mask = input("mask", [2, 7]);
  expect(() => network.forward({ images: image, targets: image, mask })).toThrow(/mask \[2, 7\] is not \[2 or 1, 8\]/);
});
