import type { OperatorProfile } from "./operator-profile.ts";
import type { Comparison } from "./table.ts";

/** What a bench is asked for on the command line. */
export interface BenchOptions {
  readonly rounds: number;
  readonly steps: number;
  readonly threads: number;
  /** Only contestants whose name holds one of these; empty: all. */
  readonly only: readonly string[];
  /** Only networks, sizes or series whose name holds one of these; empty: all. For benches that have several. */
  readonly of: readonly string[];
  readonly progress: (line: string) => void;
}

export interface Bench {
  /** One line for the list. */
  readonly summary: string;
  readonly run: (options: BenchOptions) => Promise<ReadonlyArray<Comparison | OperatorProfile>>;
}

/** Every bench there is: measured against peers in the same minutes. Adding one is its file and a line here. */
export const benches: Readonly<Record<string, Bench>> = {
  vision: {
    summary: "training step of ResNet-50 and SwinV2-T (--of NAME): fovea, PyTorch with torchvision",
    run: async (options) => (await import("./networks.ts")).vision(options),
  },
  inference: {
    summary: "forward pass of ViT-Ti, -S, -B, ResNet-50, SwinV2-T, a U-Net (--of NAME): fovea, PyTorch",
    run: async (options) => (await import("./networks.ts")).inference(options),
  },
  scaling: {
    summary: "our ViT step against tokens, depth, width and batch (--of SERIES), with PyTorch eager beside it",
    run: async (options) => (await import("./scaling.ts")).scaling(options),
  },
  engine: {
    summary:
      "training step of ViT-Ti, -S and -B (--of NAME): fovea, its matrix products alone, PyTorch, jax-js, TensorFlow.js",
    run: async (options) => (await import("./engine.ts")).engine(options),
  },
  browser: {
    summary: "ViT step in headless Chromium, WebAssembly each: fovea, jax-js, TensorFlow.js",
    run: async (options) => (await import("./browser.ts")).browser(options),
  },
  conv: {
    summary:
      "training step of ResNet-20, a U-Net and a stack of convolutions: fovea with and without its layout, PyTorch",
    run: async (options) => (await import("./conv.ts")).conv(options),
  },
  distillation: {
    summary: "distillation step of a ResNet-20 taught by a ResNet-56: fovea, PyTorch",
    run: async (options) => (await import("./distillation.ts")).distillation(options),
  },
  profile: {
    summary: "where our own steps of 'engine' and 'conv' spend their time, by operator (--only ViT-Ti)",
    run: async (options) => (await import("./profile.ts")).profile(options),
  },
  compile: {
    summary: "time to compile ViT-Ti's step: from nothing, and with the runtime's optimised graph on disk",
    run: async (options) => (await import("./compile.ts")).compileTimes(options),
  },
  recompute: {
    summary: "memory and time of a ViT step of 24 blocks, with blocks kept and computed once more",
    run: async (options) => (await import("./recompute.ts")).recompute(options),
  },
  mutations: {
    summary: "10,000 damaged files through every reader: crashes, hangs, memory, side effects",
    run: async (options) => (await import("./mutations.ts")).mutations(options),
  },
  world: {
    summary: "pictures of the procedural world with their truth, 64 x 64 on one thread",
    run: async (options) => (await import("./world.ts")).world(options),
  },
  loader: {
    summary: "images a second: JPEG, random resized crop to 224, normalise, against torchvision's DataLoader",
    run: async (options) => (await import("./loader.ts")).loader(options),
  },
};
