export { parseSafetensors, type SafetensorsFile, type StoredTensor } from "./safetensors.ts";
export { writeSafetensors } from "./safetensors-writer.ts";
export { encodePng, type EncodePngOptions, type Pixels } from "./png.ts";
export { readPngText, withPngText, type PngText } from "./png-text.ts";
export {
  encodeEvent,
  encodeFileVersion,
  eventFileName,
  type TensorBoardEvent,
  type TensorBoardSummary,
} from "./tensorboard-events.ts";
export { readTensorBoardEvents, type TensorBoardEvents } from "./tensorboard-reader.ts";
