// How a body is compressed on its way. Runtimes differ, so an app injects what its platform has.

/** A content coding the edge accepts, and the function that applies it. */
export interface Compression {
  readonly encoding: 'gzip' | 'br' | 'identity'
  compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

export const identity: Compression = { encoding: 'identity', compress: async (bytes) => bytes }

/** Gzip by the web standard `CompressionStream`: browsers, Deno, Bun, workerd, Node. */
export const webGzip: Compression = {
  encoding: 'gzip',
  compress: async (bytes) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  },
}
