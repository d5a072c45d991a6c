/** What the contract test calls of Vercel's AI SDK. Its own types take the compiler longer than the rest of the project. */

declare module 'ai' {
  interface Made {
    uint8Array: Uint8Array
    mediaType: string
  }
  interface Options {
    model: object
    abortSignal?: AbortSignal
    maxRetries?: number
    providerOptions?: { fal: Record<string, unknown> }
  }
  type Metadata = Record<string, { images?: Record<string, unknown>[] } & Record<string, unknown>>

  export function generateImage(
    options: Options & { prompt: string; n?: number; seed?: number },
  ): Promise<{ images: Made[]; providerMetadata: Metadata }>
  export function generateSpeech(
    options: Options & { text: string; voice?: string },
  ): Promise<{ audio: Made; warnings: unknown[] }>
  export function experimental_generateVideo(
    options: Options & {
      prompt: string
      download: (file: { url: URL }) => Promise<{ data: Uint8Array; mediaType: string | undefined }>
    },
  ): Promise<{ videos: Made[] }>
}

declare module '@ai-sdk/fal' {
  export function createFal(options: { apiKey: string; baseURL?: string; fetch: typeof fetch }): {
    image(id: string): object
    speech(id: string): object
    video(id: string): object
  }
}
