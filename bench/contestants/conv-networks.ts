import { concat, interpolate, type Tensor } from "fovea/graph";
import { BatchNorm, Conv2d, GroupNorm, Linear, Module, kaimingNormal } from "fovea/nn";
import type { ConvNetwork } from "../conv-step.ts";

const conv = (inputs: number, outputs: number, kernel: number, stride = 1, bias = false): Conv2d =>
  new Conv2d(inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, bias, weightInit: kaimingNormal() });

class ResidualBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly down: Conv2d | undefined;
  readonly downNorm: BatchNorm | undefined;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.conv1 = conv(inputs, outputs, 3, stride);
    this.bn1 = new BatchNorm(outputs);
    this.conv2 = conv(outputs, outputs, 3);
    this.bn2 = new BatchNorm(outputs);
    this.down = stride === 1 ? undefined : conv(inputs, outputs, 1, stride);
    this.downNorm = stride === 1 ? undefined : new BatchNorm(outputs);
  }

  forward(x: Tensor): Tensor {
    const y = this.bn2.forward(this.conv2.forward(this.bn1.forward(this.conv1.forward(x)).relu()));
    const shortcut =
      this.down === undefined || this.downNorm === undefined ? x : this.downNorm.forward(this.down.forward(x));
    return y.add(shortcut).relu();
  }
}

class ResNet20 extends Module {
  readonly conv1 = conv(3, 16, 3);
  readonly bn1 = new BatchNorm(16);
  readonly blocks = [16, 32, 64].flatMap((width, stage) =>
    [0, 1, 2].map((i) => {
      const first = stage > 0 && i === 0;
      return new ResidualBlock(first ? width / 2 : width, width, first ? 2 : 1);
    }),
  );
  readonly fc = new Linear(64, 10);

  /** [B, 3, 32, 32] → logits [B, 10] */
  forward(x: Tensor): Tensor {
    x = this.bn1.forward(this.conv1.forward(x)).relu();
    for (const block of this.blocks) x = block.forward(x);
    return this.fc.forward(x.mean([2, 3]));
  }
}

class NormedConv extends Module {
  readonly conv: Conv2d;
  readonly norm: GroupNorm;

  constructor(inputs: number, outputs: number, stride = 1) {
    super();
    this.conv = conv(inputs, outputs, 3, stride);
    this.norm = new GroupNorm(8, outputs);
  }

  forward(x: Tensor): Tensor {
    return this.norm.forward(this.conv.forward(x)).relu();
  }
}

const doubled = (x: Tensor): Tensor => interpolate(x, [2 * x.shape[2], 2 * x.shape[3]], { mode: "nearest" });

class UNet extends Module {
  readonly a1 = new NormedConv(3, 32);
  readonly a2 = new NormedConv(32, 32);
  readonly b1 = new NormedConv(32, 64, 2);
  readonly b2 = new NormedConv(64, 64);
  readonly c1 = new NormedConv(64, 128, 2);
  readonly c2 = new NormedConv(128, 128);
  readonly u2 = new NormedConv(128, 64);
  readonly u2b = new NormedConv(128, 64);
  readonly u1 = new NormedConv(64, 32);
  readonly u1b = new NormedConv(64, 32);
  readonly out = conv(32, 3, 1, 1, true);

  /** [B, 3, S, S] → [B, 3, S, S] */
  forward(x: Tensor): Tensor {
    const s1 = this.a2.forward(this.a1.forward(x));
    const s2 = this.b2.forward(this.b1.forward(s1));
    const low = this.c2.forward(this.c1.forward(s2));
    const middle = this.u2b.forward(concat([this.u2.forward(doubled(low)), s2], 1));
    return this.out.forward(this.u1b.forward(concat([this.u1.forward(doubled(middle)), s1], 1)));
  }
}

class Stack extends Module {
  readonly convs = [3, 128, 128, 128, 128].map((inputs) => conv(inputs, 128, 3, 1, true));
  readonly out = conv(128, 3, 1, 1, true);

  /** [B, 3, S, S] → [B, 3, S, S] */
  forward(x: Tensor): Tensor {
    for (const layer of this.convs) x = layer.forward(x).relu();
    return this.out.forward(x);
  }
}

export const makeConvNetwork: Readonly<Record<ConvNetwork, () => Module & { forward(x: Tensor): Tensor }>> = {
  "resnet-20": () => new ResNet20(),
  "u-net": () => new UNet(),
  "128-channel stack": () => new Stack(),
};
