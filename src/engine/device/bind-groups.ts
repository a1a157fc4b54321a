/**
 * Bind groups, made once for each set of buffers that a layout is used with. The pool gives the same buffers to the same
 * dispatches of every step, and making a group anew was the dearest call of a dispatch.
 *
 * A group whose buffer was destroyed is never asked for again, since buffers are told apart by number and a number is
 * given once; it goes when its turn comes. It holds no memory of the device: that went with the buffer.
 */

/** Several times the dispatches of a step of any model here. */
const MOST_KEPT = 4096;

export class BindGroups {
  readonly #device: GPUDevice;
  readonly #numbers = new WeakMap<object, number>();
  /** In the order of their making. */
  readonly #kept = new Map<string, GPUBindGroup>();
  #next = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The group that binds `resources` in their order. */
  of(layout: GPUBindGroupLayout, resources: readonly GPUBufferBinding[]): GPUBindGroup {
    let key = String(this.#numberOf(layout));
    for (const { buffer, offset = 0, size = 0 } of resources) key += `/${this.#numberOf(buffer)},${offset},${size}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const made = this.#device.createBindGroup({ layout, entries });
    this.#kept.set(key, made);
    if (this.#kept.size > MOST_KEPT) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    return made;
  }

  #numberOf(object: object): number {
    let number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, (number = this.#next++));
    return number;
  }
}
