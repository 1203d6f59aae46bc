import type { ModifiedResponse } from '@segment/actions-core'

/** What a host's request gives of a response. */
export const toResponse = (status: number, headers: Record<string, string>, text: string) => {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    data = undefined
  }
  return {
    status,
    headers: new Headers(headers),
    content: text,
    data,
    ok: status < 300
  } as unknown as ModifiedResponse
}
