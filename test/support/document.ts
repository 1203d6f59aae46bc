import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(__dirname, '../..')

/** Block of a document, with the instructions of the comments before it. */
export interface Block {
  /** Path of the document. */
  document: string
  /** Line of the opening fence. */
  line: number
  language: string
  code: string
  /** Reason for which the block does not run. */
  notRun?: string
  /** True for commands whose output may take a few attempts: they are repeated. */
  isEventual?: boolean
  /** Expected exit code. */
  exit: number
  /** Files to write before it, by name: their content, or the path of the file to copy. */
  files: { name: string; content?: string; from?: string }[]
  /** Name under which the block itself is written. */
  writtenAs?: string
}

const INSTRUCTION = /^<!-- (?<kind>not run|exit|file|eventually)(?:: (?<text>.+))? -->$/

const toFile = (text: string): Block['files'][number] => {
  const [, name = '', from, content] = /^(\S+)(?: from (\S+)| (.+))?$/.exec(text) ?? []
  return { name, ...(from !== undefined && { from }), ...(content !== undefined && { content }) }
}

/** Reads the blocks of a document. `<!-- not run: … -->`, `<!-- exit: 1 -->`,
 * `<!-- file: NAME … -->` and `<!-- eventually -->` precede them. */
export const readBlocks = (document: string): Block[] => {
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n')
  const blocks: Block[] = []
  let pending: Pick<Block, 'exit' | 'files' | 'isEventual' | 'notRun' | 'writtenAs'> = { exit: 0, files: [] }
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const { kind, text = '' } = INSTRUCTION.exec(line)?.groups ?? {}
    if (kind === 'not run') pending.notRun = text
    if (kind === 'eventually') pending.isEventual = true
    if (kind === 'exit') pending.exit = Number(text)
    if (kind === 'file') {
      const file = toFile(text)
      if (file.from === undefined && file.content === undefined) pending.writtenAs = file.name
      else pending.files.push(file)
    }
    const [, language] = /^```(.*)$/.exec(line) ?? []
    if (language === undefined) continue
    const end = lines.indexOf('```', index + 1)
    const code = lines
      .slice(index + 1, end)
      .map((text) => `${text}\n`)
      .join('')
    const [, named] = /^\/\/ (\S+)\n/.exec(code) ?? []
    if (language === 'js' && named !== undefined) pending.writtenAs = named
    blocks.push({ document, line: index + 1, language, code, ...pending })
    pending = { exit: 0, files: [] }
    index = end
  }
  return blocks
}

/** Replaces what differs from one run to the next, and sorts what is a matter of chance. */
export const toComparable = (output: string): string[] =>
  output
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trimEnd()
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<ID>')
        .replace(/\b\d+(\.\d)? s\b/g, '<time>')
    )
    .map((line) =>
      line
        .split(/[(),:] */)
        .sort()
        .join()
    )

/** Lines of a block that an output lacks. `…` stands for any lines. */
export const findMissing = (shown: string, output: string): string[] => {
  const printed = toComparable(output)
  const expected = toComparable(shown)
  const missing = expected.filter((line) => line !== '…' && !printed.includes(line))
  const isWhole = !expected.includes('…')
  return isWhole ? [...missing, ...printed.filter((line) => !expected.includes(line))] : missing
}
