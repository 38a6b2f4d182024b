/** Σ wᵢ·xᵢ / Σ wᵢ of what was added since the last `take`: a loss over the steps of one log line, weighted by images. */
export class RunningMean {
  private sum = 0;
  private weights = 0;

  /** Adds `value` with `weight` ≥ 0. */
  add(value: number, weight = 1): void {
    this.sum += value * weight;
    this.weights += weight;
  }

  /** NaN before anything was added. */
  get mean(): number {
    return this.sum / this.weights;
  }

  /** The mean; the next one starts anew. */
  take(): number {
    const { mean } = this;
    this.sum = this.weights = 0;
    return mean;
  }
}
