// Imports that imports.config.ts refuses and that stand today. The list may only shrink.
export const known: readonly string[] = ['core/runtime/digest.ts → crypto (pure file imports one that acts)']
