import { RequestError } from './request-handler'
import { toBytes } from './signature'

/** The parts of Node's request that are read, `rawBody` and `body` as frameworks add them. */
export interface NodeRequest {
  /** HTTP method. */
  readonly method?: string
  /** Path and query. */
  readonly url?: string
  /** Headers by name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Bytes or text of the body, as some frameworks keep them beside the parsed one. */
  readonly rawBody?: unknown
  /** Body as a parser left it. Used if it is bytes or text. */
  readonly body?: unknown
  /** True once the stream of the body was read from. */
  readonly readableDidRead: boolean
  /** Registers a listener of the stream. */
  on: (event: string, listener: (value: unknown) => void) => unknown
}

/** The parts of Node's response that are written. */
export interface NodeResponse {
  /** HTTP status to send. */
  statusCode: number
  /** True once a response was sent, by a framework's timeout for example. */
  readonly headersSent: boolean
  /** Sets a header. */
  setHeader: (name: string, value: string) => unknown
  /** Sends the response. */
  end: (body?: Uint8Array) => unknown
}

/**
 * Makes a listener for `node:http`, Express and others on top of it. It reads the body from `req.rawBody`, else from a
 * `req.body` of bytes or text, else from the stream. If a parser has consumed the stream, it responds 500 and says what to change.
 *
 * @example
 * http.createServer(toNodeListener(handle))
 * app.post('/hook', express.raw({ type: '*' + '/*' }), toNodeListener(handle))
 */
export const toNodeListener =
  (handle: (request: Request) => Response | Promise<Response>) =>
  (request: NodeRequest, response: NodeResponse): void => {
    serve(handle, request, response).catch(() => {
      // The connection is gone, or somebody else wrote the response. Friendbuy repeats what it saw no 200 of.
    })
  }

const serve = async (
  handle: (request: Request) => Response | Promise<Response>,
  request: NodeRequest,
  response: NodeResponse
) => {
  const result = await respond(handle, request)
  const body = new Uint8Array(await result.arrayBuffer())
  // A timeout of the framework's may have been faster.
  if (response.headersSent) return
  response.statusCode = result.status
  result.headers.forEach((value, name) => response.setHeader(name, value))
  response.end(body)
}

const respond = async (handle: (request: Request) => Response | Promise<Response>, request: NodeRequest) => {
  try {
    return await handle(toRequest(request))
  } catch {
    // The handlers of this package never reject, and say why to `onError`.
    return new Response(null, { status: 500 })
  }
}

const toRequest = (request: NodeRequest): Request => {
  const { method = 'GET', url = '/' } = request
  const headers = new Headers()
  for (const [name, value = []] of Object.entries(request.headers)) {
    // HTTP/2 has pseudo-headers, such as ":path".
    if (!name.startsWith(':')) for (const part of [value].flat()) headers.append(name, part)
  }
  const target = `http://localhost${url.startsWith('/') ? url : '/'}`
  if (method === 'GET' || method === 'HEAD') return new Request(target, { method, headers })
  const body = [request.rawBody, request.body].find(isRaw) ?? toStream(request)
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, duplex: 'half' }
  return new Request(target, init)
}

const isRaw = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || ArrayBuffer.isView(body)

/** The body as a stream, of which nothing is read before somebody asks for it. */
const toStream = (request: NodeRequest) => {
  let state: 'waiting' | 'flowing' | 'ended' = 'waiting'
  const read = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const fail = (error: unknown) => {
      state = 'ended'
      controller.error(error)
    }
    if (request.readableDidRead) {
      fail(new RequestError(500, ALREADY_PARSED))
      return
    }
    request.on('data', (part) => {
      // The rest of what is too large flows on: a client that still writes would miss the response.
      if (state === 'flowing') controller.enqueue(toBytes(part))
    })
    request.on('end', () => {
      if (state === 'flowing') controller.close()
      state = 'ended'
    })
    request.on('error', fail)
    request.on('close', () => {
      fail(new Error('The connection was closed within the body.'))
    })
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (state !== 'waiting') return
        state = 'flowing'
        read(controller)
      },
      cancel: () => {
        state = 'ended'
      }
    },
    { highWaterMark: 0 }
  )
}

const ALREADY_PARSED =
  'The body was parsed before the webhook handler, which needs its bytes: on this route, use express.raw({ type: "*/*" }) before express.json(), or turn the body parser off.'
