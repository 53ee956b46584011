/**
 * An object of the runtime, owned by whoever holds this. It is released once, whoever asks how often, and cannot be
 * used afterwards: that throws instead of reading freed memory.
 */
export class Handle implements Disposable {
  readonly #what: string
  readonly #release: (pointer: number) => void
  #pointer: number

  constructor(what: string, pointer: number, release: (pointer: number) => void) {
    this.#what = what
    this.#pointer = pointer
    this.#release = release
  }

  /** Where it lies. Errors: throws once it is released. */
  get pointer(): number {
    if (this.#pointer === 0) throw new Error(`Cannot use what ${this.#what} gave: it was released`)
    return this.#pointer
  }

  [Symbol.dispose](): void {
    const pointer = this.#pointer
    this.#pointer = 0
    if (pointer !== 0) this.#release(pointer)
  }
}
