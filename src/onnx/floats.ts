/**
 * So many zeros, in memory that stays where it is: a runtime reads and writes there. A typed array that is made without
 * a buffer of its own may move when it is asked for one.
 */
export const floats = (count: number): Float32Array<ArrayBuffer> => new Float32Array(new ArrayBuffer(4 * count))
