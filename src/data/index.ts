export { type RawImage, type Sample, rawImage } from "./image.ts";
export type {
  Box,
  CaptionsTarget,
  Category,
  ClipTarget,
  Degradation,
  DepthTarget,
  Instance,
  InstanceMask,
  InstancesTarget,
  KeypointFigure,
  KeypointLayout,
  KeypointVisibility,
  KeypointsTarget,
  LabelTarget,
  PairTarget,
  PanopticSegment,
  PanopticTarget,
  SemanticTarget,
  Target,
  TargetInfo,
  TargetKind,
  TargetOf,
  Targets,
  Track,
} from "./targets.ts";
export { type Split, splits } from "./split.ts";
export { type Dataset, requireClasses } from "./dataset.ts";
export { drawInstanceMask } from "./instance-mask.ts";
export { type CocoOutput, type CocoSample, cocoOutputs, panopticPng } from "./coco/write-coco.ts";
export { type ShardOptions, type ShardSample, writeShards } from "./write-webdataset.ts";
export { type SheetSamples, sheetSamples } from "./sheet-samples.ts";
export { type TargetCounts } from "./annotated/target-counts.ts";
export { type DatasetSource, type MemorySource } from "./dataset-source.ts";
export { openSource } from "./open-source.ts";
export {
  type DatasetSpec,
  type DatasetSpecInput,
  type Format,
  datasetSpecSchema,
  formats,
  parseDatasetSpec,
} from "./dataset-spec.ts";
export { openDataset } from "./open-dataset.ts";
export { memoryDataset, sharedBytes } from "./memory-dataset.ts";
export { decodeImage, imageEndings, readImageFile } from "./image-file.ts";
export { type TransformSpec, applyTransforms, transformSchema, transformView } from "./transforms/transform.ts";
export { type View } from "./transforms/view.ts";
export { type RandAugmentOperator, applyOperator, randAugmentOperators } from "./transforms/rand-augment.ts";
export { type ErasingSpec, erasingSchema, randomErasing } from "./transforms/random-erasing.ts";
export {
  type ImageSize,
  type Mix,
  type MixSpec,
  type PatchBox,
  drawMix,
  mixImages,
  mixLabelMaps,
  mixSchema,
  mixTargets,
} from "./transforms/mix-batch.ts";
export { type Labelled, classSubset, nestedCount, nestedSubset } from "./sampling/class-subset.ts";
export { type FrameChoice, denseFrames, segmentFrames, threeCrops, viewFrames } from "./sampling/clip-frames.ts";
export { repeatFactors } from "./sampling/repeat-factors.ts";
export { type EpochOrder, type SamplerSpec, epochOrder, samplerSchema } from "./sampling/sampler.ts";
export { type CacheSpec, cacheSchema, cachedDataset } from "./cache/image-cache.ts";
export { type Filter, resample } from "./transforms/resample.ts";
export { type Size } from "./transforms/size.ts";
export {
  type Normalisation,
  denormalise,
  imagenetNormalisation,
  normalisationSchema,
  normaliseInto,
  unitNormalisation,
} from "./transforms/normalise.ts";
export { type MaskGenerator, type MaskSpec, maskGenerator, maskSchema } from "./masks/mask-spec.ts";
export { type SimmimMaskOptions, fillSimmimMask, simmimMaskedUnits } from "./masks/simmim-mask.ts";
export {
  type BlockWiseMaskOptions,
  type ExactBlockMaskOptions,
  fillBlockWiseMask,
  fillExactBlockMask,
} from "./masks/block-wise-mask.ts";
export {
  type Batch,
  type ClipLoaderOptions,
  type Loader,
  type LoaderOptions,
  type SpectrumLoaderOptions,
  createLoader,
} from "./loader.ts";
export { type RowKind, type RowValues } from "./row-kind.ts";
export { type ClipSpec, clipSchema } from "./sampling/clip-spec.ts";
export { type SpectrumSample, type SpectrumSpec, spectrumRow, spectrumSchema } from "./spectra/spectrum-row.ts";
export { type CommonClipOptions, type CommonLoaderOptions, type CommonSpectrumOptions } from "./loader-options.ts";
export { type EvaluationBatch, type EvaluationBatches, evaluationBatches } from "./evaluation-batches.ts";
export { type LoaderReport } from "./bad-images.ts";
export { type BadImage, type Shard } from "./batch-plan.ts";
export { type Origin } from "./data-order.ts";
export { type DataInspection, type SamePicture, type SplitInspection, inspectData } from "./inspect-data.ts";
export { type Colour, type ColourName, colourNames } from "./world/colours.ts";
export {
  type WorldOptions,
  type WorldSceneName,
  type WorldTask,
  worldScenes,
  worldTasks,
} from "./world/world-options.ts";
export { type ThingName, thingNames } from "./world/things/categories.ts";
export { type ActionName, actionNames } from "./world/things/actions.ts";
export { describeScene } from "./world/shapes/describe.ts";
export { type Rendering, renderScene } from "./world/shapes/render.ts";
export {
  type Clutter,
  type Fill,
  type Pattern,
  type Scene,
  type SceneObject,
  type ShapeKind,
  shapeKinds,
} from "./world/shapes/scene.ts";
export { type FileInspection, inspectFile } from "./inspect-file.ts";
export { type LayoutInspection } from "./folder-layouts.ts";
export { inspectPath, type PathInspection } from "./inspect-path.ts";
export { type ArraySummary } from "./array-summary.ts";
export { type CsvColumn, csvColumns } from "./csv-columns.ts";
export { type Spectrum, type StarFacts } from "./spectra/spectrum.ts";
export { readLamostSpectrum } from "./spectra/lamost.ts";
export { type LightCurve, readLightCurve } from "./spectra/light-curve.ts";
export { type Clip, type ClipFolder } from "./clips/clip.ts";
export { findClips } from "./clips/find-clips.ts";
export { type FrameTruth, frameTruths } from "./clips/frame-truth.ts";
export { type ActionClip, type ActionSet, openActionLists } from "./clips/action-lists.ts";
export { type VideoLimits } from "./clips/ffmpeg.ts";
export { probeVideo, type VideoFacts } from "./clips/probe-video.ts";
export { readVideo, type ReadVideoOptions } from "./clips/read-video.ts";
export { type ChecksumReport, verifyChecksums, writeChecksums } from "./verify/checksums.ts";
export { type SplitFilesOptions, type SplitFilesReport, splitFiles } from "./split-files.ts";
export { type ConvertOptions, type ConvertReport, type ConvertTarget, convertData } from "./convert/convert-data.ts";
export { type Checksum, type Download, findDownload } from "./download/catalogue.ts";
export { type DownloadOptions, type DownloadReport, downloadData } from "./download/download-data.ts";
