import type { ModifiedResponse } from '@segment/actions-core'

/** A response as a host's own request gives it: no more of it than the destination reads. */
export const toHostResponse = <Data>(
  status: number,
  content: string,
  headers = new Headers()
): ModifiedResponse<Data> => ({ status, headers, content, data: parse(content) }) as ModifiedResponse<Data>

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
