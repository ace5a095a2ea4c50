// Protobuf's library wants the encoders of text before it writes its first byte; k6 has none, and uploads hold no text.
const none = () => {
  throw new Error('an upload holds no text')
}

const missing = { encode: none, encodeInto: none, decode: none }

Object.assign(globalThis, {
  TextEncoder: class {
    constructor() {
      Object.assign(this, missing)
    }
  },
  TextDecoder: class {
    constructor() {
      Object.assign(this, missing)
    }
  },
})
