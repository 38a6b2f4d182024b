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
export { withModelFile, writeModelFile } from "./onnx-model-file.node.ts";
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
export { decodePng, type PngSamples } from "./png-decoder.ts";
export { decodeRle, encodeRle, rleArea, type Rle } from "./coco/rle.ts";
export { rleFromString, rleToString } from "./coco/rle-string.ts";
export { polygonRle } from "./coco/polygon-rle.ts";
export { type CocoJson, parseCoco } from "./coco/coco-json.ts";
export { parseVoc, type VocAnnotation, type VocObject } from "./voc-xml.ts";
export { openTar, type TarEntry } from "./tar.ts";
export { tarBytes, type TarFile } from "./tar-writer.ts";
export { type ValueArray, type ValueData, type ValueType } from "./value-array.ts";
export { readNpyValues } from "./npy-values.ts";
export { type FitsUnit, type FitsUnitKind, openFits } from "./fits/open-fits.ts";
export { type FitsHeader } from "./fits/fits-header.ts";
export { readFitsImage } from "./fits/fits-image.ts";
export { type FitsColumn, type FitsTable, type FitsValues, openFitsTable } from "./fits/fits-table.ts";
export { type FitsChecksums, verifyFitsChecksums } from "./fits/fits-checksum.ts";
export { openMatlab } from "./matlab/open-matlab.ts";
export { type MatlabValue, type MatlabVariable } from "./matlab/matlab-value.ts";
export { type Raster } from "./raster/raster.ts";
export { decodeBmp } from "./bmp/bmp.ts";
export { decodeNetpbm } from "./netpbm/netpbm.ts";
export { decodeTiff, type TiffRaster } from "./tiff/tiff.ts";
export { type CsvOptions, type CsvTable, openCsv } from "./csv/csv.ts";
