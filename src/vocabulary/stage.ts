import { chain, type Machine } from "../machine/machine.ts"

/**
 * One step from tokens to text: takes texts as they come and lets out what no later text can change. `end` is what
 * the state still holds when nothing more comes. The outputs, joined, do not depend on how the inputs were grouped.
 */
export interface Stage<State> extends Machine<State, ReadonlyArray<string>, ReadonlyArray<string>> {
  readonly end: (state: State) => ReadonlyArray<string>
}

/** A stage among others, its state hidden. */
export type AnyStage = Stage<unknown>

/** Forgets the type of a stage's state, which goes back only to where it came from. */
export const hidden = <S>(stage: Stage<S>): AnyStage => stage as Stage<unknown>

/** Two stages one after the other. */
export const andThen = (self: AnyStage, that: AnyStage): AnyStage => {
  const both = chain(self, that)
  return hidden({
    ...both,
    end: ([s, t]: typeof both.init) => {
      const [last, out] = that.step(t, self.end(s))
      return [...out, ...that.end(last)]
    }
  })
}

/** A change of each text by itself. */
export const eachText = (change: (text: string) => string): AnyStage =>
  hidden({ init: undefined, step: (state, texts) => [state, texts.map(change)], end: () => [] })

/** A change that treats the first text apart. */
export const fromFirst = (change: (text: string, first: boolean) => string): AnyStage =>
  hidden<boolean>({
    init: true,
    step: (first, texts) => [first && texts.length === 0, texts.map((text, i) => change(text, first && i === 0))],
    end: () => []
  })

/** A change that treats the last text apart: each text waits for the next. */
export const toLast = (change: (text: string, last: boolean) => string): AnyStage =>
  hidden<string | undefined>({
    init: undefined,
    step: (held, texts) => {
      const all = held === undefined ? texts : [held, ...texts]
      return [all.at(-1), all.slice(0, -1).map((text) => change(text, false))]
    },
    end: (held) => (held === undefined ? [] : [change(held, true)])
  })

interface Heap {
  readonly text: string
  readonly before: Heap | undefined
}

/** A change of the whole text, for those that cannot be made piece by piece: all comes out at the end. */
export const wholeText = (change: (text: string) => string): AnyStage =>
  hidden<Heap | undefined>({
    init: undefined,
    step: (before, texts) => [texts.length === 0 ? before : { text: texts.join(""), before }, []],
    end: (state) => {
      const parts: Array<string> = []
      for (let heap = state; heap !== undefined; heap = heap.before) parts.push(heap.text)
      return [change(parts.reverse().join(""))]
    }
  })
