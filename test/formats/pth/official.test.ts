import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { describe, expect, test } from "vitest";

import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { openFileSource } from "../../../src/files/byte-source.node.ts";
import { openTorchFile } from "../../../src/formats/pth/open-torch-file.ts";
import { parseSafetensors } from "../../../src/formats/safetensors.ts";
import { sizeOf } from "../../../src/graph/dtype.ts";

const official = "../shared/golden/official";
const weights = "../shared/data/weights-small";

interface WeightsEntry {
  readonly file: string | null;
  readonly path?: string[];
  readonly entries: number;
  readonly numbers: number;
  readonly dtypes?: string[];
}
interface Case {
  readonly weights: readonly WeightsEntry[];
}
const torchNames: Record<string, string> = { F32: "float32", F16: "float16", I64: "int64" };

const cases = !existsSync(official)
  ? []
  : readdirSync(official, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith("case.json"))
      .flatMap((path) => {
        const folder = join(official, dirname(path));
        const { weights } = JSON.parse(readFileSync(join(official, path), "utf8")) as Case;
        return weights.flatMap((entry) =>
          entry.file === null ? [] : [{ ...entry, path: entry.path ?? [], file: join(folder, entry.file) }],
        );
      });

describe.skipIf(cases.length === 0)("checkpoints of the official code (needs ../shared/golden/official)", () => {
  test("there are more than 60 of them", () => expect(cases.length).toBeGreaterThan(60));

  test.each(cases)(
    "$file: tensors, numbers and types as case.json says",
    ({ file, path, entries, numbers, dtypes }) => {
      const source = openFileSource(file);
      try {
        const { tensors, layout } = openTorchFile(source, { skipUnknown: true, at: path });
        expect(layout).toBe("zip");
        expect(tensors.size).toBe(entries);
        let count = 0;
        const found = new Set<string>();
        for (const tensor of tensors.values()) {
          const { data, shape } = tensor.load();
          expect(data.length).toBe(sizeOf(shape));
          expect(data.byteLength).toBe(tensor.byteLength);
          count += data.length;
          found.add(torchNames[tensor.storedDtype] ?? tensor.storedDtype);
        }
        expect(count).toBe(numbers);
        if (dtypes !== undefined) expect([...found].sort()).toEqual([...dtypes].sort());
      } finally {
        source.close();
      }
    },
  );

  test("classes that are not known are all listed by name, and nothing is read without skipUnknown", () => {
    const source = openFileSource(join(official, "video-anomaly/mnad-prediction/weights.pth"));
    try {
      expect(() => openTorchFile(source)).toThrow(FoveaError);
      expect(() => openTorchFile(source)).toThrow(
        /refers to model\.final_future_prediction_with_memory_spatial_sumonly_weight_ranking_top1\.Decoder, .*convAE, .*torch\.nn\.modules\.conv\.Conv2d, .*which is not known here/,
      );
    } finally {
      source.close();
    }
  });

  test("a pickled module gives its state dict: the names and values of the same as a flat file", () => {
    const folder = join(official, "video-anomaly/mnad-prediction");
    const [module, state] = [openFileSource(join(folder, "weights.pth")), openFileSource(join(folder, "state.pth"))];
    try {
      const pickled = openTorchFile(module, { skipUnknown: true });
      const flat = openTorchFile(state);
      expect([...pickled.tensors.keys()]).toEqual([...flat.tensors.keys()]);
      for (const [name, tensor] of flat.tensors) expect(pickled.tensors.get(name)?.load()).toEqual(tensor.load());
    } finally {
      module.close();
      state.close();
    }
  });
});

describe.skipIf(!existsSync(weights))("trained weights (needs ../shared/data/weights-small)", () => {
  test("the old format holds exactly what the safetensors file of the same network holds", () => {
    const old = openFileSource(join(weights, "resnet20-cifar10/resnet20-12fca82f.th"));
    const safe = openFileSource(join(weights, "resnet20-cifar10/resnet20.safetensors"));
    try {
      const { layout, tensors } = openTorchFile(old, { at: ["state_dict"] });
      const expected = parseSafetensors(safe).tensors;
      expect(layout).toBe("pickle");
      expect(tensors.size).toBe(expected.size);
      for (const [name, tensor] of expected) expect(tensors.get(`module.${name}`)?.load()).toEqual(tensor.load());
    } finally {
      old.close();
      safe.close();
    }
  });

  test.each(["alex", "vgg", "squeeze"])("lpips %s: 1x1 convolutions", (name) => {
    const source = openFileSource(join(weights, `lpips-v0.1/${name}.pth`));
    try {
      const { tensors } = openTorchFile(source);
      expect(tensors.size).toBe(name === "squeeze" ? 7 : 5);
      for (const tensor of tensors.values()) {
        expect(tensor.shape).toMatchObject({ length: 4, 0: 1 });
        expect(Math.min(...(tensor.load().data as Float32Array))).toBeGreaterThanOrEqual(0);
      }
    } finally {
      source.close();
    }
  });
});
