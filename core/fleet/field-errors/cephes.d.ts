// The functions of S. L. Moshier's Cephes library that field errors need; the package's own types are not found by its `exports`.
declare module 'cephes' {
  /** Resolves when the functions may be called. */
  export const compiled: Promise<void>
  /** Regularised incomplete beta integral Iₓ(a, b). */
  export function incbet(a: number, b: number, x: number): number
  /** The x at which Iₓ(a, b) = y. */
  export function incbi(a: number, b: number, y: number): number
  /** The x above which a share of `q` of the gamma distribution of shape `a` lies. */
  export function igami(a: number, q: number): number
}
