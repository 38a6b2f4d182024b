/** How to get a device that is missing. */
export const deviceHelp: Readonly<Record<string, string>> = {
  webgpu:
    "no WebGPU adapter found: install the GPU's Vulkan driver (in software, slow: apt-get install mesa-vulkan-drivers)",
  cuda: "its libraries are not in the npm package: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false",
};
