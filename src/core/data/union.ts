/** Sets that are joined one by one (union and find). */
export class Union {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** The smallest member of the set that `i` is in. */
  find(i: number): number {
    let root = i;
    for (let up = this.#at(root); up !== root; up = this.#at(root)) root = up;
    for (let at = i; at !== root;) {
      const up = this.#at(at);
      this.#parent[at] = root;
      at = up;
    }
    return root;
  }

  isSame(a: number, b: number): boolean {
    return this.find(a) === this.find(b);
  }

  join(a: number, b: number): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  /** Number of every member's set, 0, 1, 2 … in the order of first appearance. */
  numbers(): Int32Array {
    const numbers = new Int32Array(this.#parent.length);
    let count = 0;
    for (let i = 0; i < numbers.length; i++) {
      const root = this.find(i);
      numbers[i] = root === i ? count++ : (numbers[root] ?? 0);
    }
    return numbers;
  }

  #at(i: number): number {
    return this.#parent[i] ?? i;
  }
}
