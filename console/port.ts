// Types of the rider's pages: who looks, and what a page is given.

/** A rider who is signed in. */
export interface Session {
  readonly riderId: string
  /** For the rider to see. */
  readonly name: string
  /** With which the console asks the API. It never reaches the browser. */
  readonly accessToken: string
}

/** For Hono. Every page behind the sign-in has both. */
export interface ConsoleEnv {
  Variables: {
    session: Session
    /** The rider's time zone by its IANA name, as the browser told it; `UTC` until it did. */
    zone: string
  }
}
