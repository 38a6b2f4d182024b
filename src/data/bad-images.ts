import { FoveaError } from "../errors/fovea-error.ts";
import type { BadImage } from "./batch-plan.ts";
import type { RowKind } from "./row-kind.ts";

/** Share of a set's samples that may be unreadable before the run stops. */
const mostBadShare = 0.01;

/** What a loader has met. */
export interface LoaderReport {
  /** Rows delivered: images, clips or spectra. */
  readonly images: number;
  /** Different ones that could not be read and were left out, with the reason; the message names the file. */
  readonly skipped: readonly BadImage[];
}

/** Counts rows and names those left out. */
export class BadImages {
  #images = 0;
  readonly #bad = new Map<number, BadImage>();
  readonly #total: number;
  readonly #name: string;
  readonly #kind: RowKind;

  /** @param total samples of the set, of which 1% may be bad. */
  constructor(name: string, total: number, kind: RowKind) {
    this.#name = name;
    this.#total = total;
    this.#kind = kind;
  }

  /** Counts a batch. @throws FoveaError `data/too-many-unreadable` above 1% bad ones. */
  add(images: number, bad: readonly BadImage[]): void {
    this.#images += images;
    for (const one of bad) this.#bad.set(one.index, one);
    if (this.#bad.size <= mostBadShare * this.#total) return;
    const first = [...this.#bad.values()].slice(0, 3).map(({ message }) => message);
    const count = `${this.#bad.size} of ${this.#total} ${this.#kind} cannot be read so far, more than 1%`;
    throw new FoveaError("data/too-many-unreadable", `${this.#name}: ${count}: ${first.join("; ")}`, {
      hint: "`fovea data inspect DIR` lists all of them: fetch them again or take them out",
    });
  }

  report(): LoaderReport {
    return { images: this.#images, skipped: [...this.#bad.values()] };
  }
}
