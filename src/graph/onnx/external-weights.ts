import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation, TensorProtoSchema, type TensorProto } from "onnx-buf";
import { FoveaError } from "../../errors/fovea-error.ts";
import { checkRange, type ByteSource } from "../../files/byte-source.ts";
import { dtypes, type HostTensor } from "../dtype.ts";
import type { Program } from "../program.ts";
import { bytesOf } from "./tensor-bytes.ts";

/** Smaller values stay in the model: a place in another file takes as much room as they do. */
const leastBytes = 1024;
/** Values from this size on begin at a page, so that a runtime can map them into memory; others at a cache line. */
const pagedBytes = 2 ** 20;
const [page, cacheLine] = [4096, 64];

/**
 * The values of a model's initialisers in a file beside it (ONNX external data), which protobuf's limit of 2 GiB does
 * not bind. Nothing is copied: `chunks` and `source` hand out the tensors' own bytes.
 */
export class ExternalWeights {
  /** Name of the file, in the model's own folder. */
  readonly location: string;
  private readonly pieces: { readonly offset: number; readonly bytes: Uint8Array<ArrayBuffer> }[] = [];
  private length = 0;

  /** @throws FoveaError when `location` is not the plain name of a file */
  constructor(location: string) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(location))
      throw new FoveaError(
        "onnx/external",
        `external data in ${JSON.stringify(location)}: expected the name of a file beside the model: letters, digits, '.', '_' or '-'`,
      );
    this.location = location;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.length;
  }

  /** Places a value; undefined for one that belongs into the model. */
  add(name: string, value: HostTensor): TensorProto | undefined {
    const bytes = bytesOf(value);
    if (bytes.length < leastBytes) return undefined;
    const alignment = bytes.length >= pagedBytes ? page : cacheLine;
    const offset = Math.ceil(this.length / alignment) * alignment;
    this.pieces.push({ offset, bytes });
    this.length = offset + bytes.length;
    const fields = { location: this.location, offset: String(offset), length: String(bytes.length) };
    return create(TensorProtoSchema, {
      name,
      dataType: dtypes[value.dtype].onnx,
      dims: value.shape.map(BigInt),
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(fields).map(([key, entry]) => ({ key, value: entry })),
    });
  }

  /** The file's bytes in order. */
  *chunks(): Iterable<Uint8Array<ArrayBuffer>> {
    let at = 0;
    for (const { offset, bytes } of this.pieces) {
      if (offset > at) yield new Uint8Array(offset - at);
      yield bytes;
      at = offset + bytes.length;
    }
  }

  /** The file before it is written, for a reader: one value at a time, as they were placed. */
  get source(): ByteSource {
    const placed = new Map(this.pieces.map(({ offset, bytes }) => [offset, bytes]));
    const source: ByteSource = {
      name: this.location,
      size: this.length,
      read(offset, length) {
        checkRange(source, offset, length);
        const bytes = placed.get(offset);
        if (bytes?.length !== length) throw new Error(`no value of ${length} bytes was placed at ${offset}`);
        return bytes;
      },
    };
    return source;
  }
}

/** Bytes of initialisers above which they lie beside the model: protobuf's limit, with room for the nodes. */
const externalAbove = 2 ** 31 - 2 ** 27;

/**
 * The weights' file of a model, still empty, when its constants and `initialisers` have more than `above` bytes;
 * undefined when they fit into it.
 */
export function externalWeightsFor(
  { nodes, outputs, updates }: Program,
  location: string,
  {
    initialisers = new Map<string, HostTensor>(),
    above = externalAbove,
  }: { readonly initialisers?: ReadonlyMap<string, HostTensor>; readonly above?: number | undefined } = {},
): ExternalWeights | undefined {
  const tensors = new Set([...nodes.flatMap(({ inputs }) => inputs), ...outputs.values(), ...updates.values()]);
  let bytes = [...initialisers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  for (const tensor of tensors)
    if (tensor?.producer.kind === "constant") bytes += tensor.producer.value.data.byteLength;
  return bytes > above ? new ExternalWeights(location) : undefined;
}
