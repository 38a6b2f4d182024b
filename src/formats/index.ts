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
export { openNpy, writeNpy } from "./npy.ts";
export { openNpz, writeNpz } from "./npz.ts";
export { openOnnxInitialisers } from "./onnx-initialisers.ts";
export { openWeights, type WeightsFile } from "./open-weights.node.ts";
export { lazyTensor, writeWeights, type WriteWeightsOptions } from "./write-weights.node.ts";
export {
  openWeightsSource,
  type Weights,
  type WeightsFormat,
  weightsFormat,
  type WeightsOptions,
} from "./weights-source.ts";
export { writeTorchFile } from "./pth/torch-writer.ts";
export { openTorchFile, type TorchFile, type TorchFileOptions, torchLimits } from "./pth/open-torch-file.ts";
export type {
  PickleDict,
  PickleKey,
  PickleList,
  PickleName,
  PickleRecord,
  PickleSet,
  PickleTensor,
  PickleTuple,
  PickleValue,
} from "./pickle/pickle-value.ts";
export { readDataPickle } from "./pickle/data-pickle.ts";
