/** What the buttons above a text do to it, in Markdown. */
export type Tool = 'bold' | 'code' | 'quote' | 'bullets' | 'insertLink'

export interface Insert {
  /** What of the text is replaced, and by what. */
  readonly from: number
  readonly to: number
  readonly text: string
  /** What is selected then, counted from `from`. */
  readonly select: readonly [from: number, to: number]
}

/** What a tool puts in the place of what is selected. */
export function insertOf(tool: Tool, text: string, start: number, end: number): Insert {
  const chosen = text.slice(start, end)
  switch (tool) {
    case 'bold':
      return { from: start, to: end, text: `**${chosen}**`, select: [2, 2 + chosen.length] }
    case 'code': {
      if (!chosen.includes('\n')) return { from: start, to: end, text: `\`${chosen}\``, select: [1, 1 + chosen.length] }
      return { from: start, to: end, text: `\`\`\`\n${chosen}\n\`\`\``, select: [4, 4 + chosen.length] }
    }
    case 'insertLink': {
      const insert = `[${chosen}](https://)`
      return {
        from: start,
        to: end,
        text: insert,
        select: chosen === '' ? [1, 1] : [insert.length - 9, insert.length - 1],
      }
    }
    case 'quote':
      return linesOf(text, start, end, '> ')
    case 'bullets':
      return linesOf(text, start, end, '- ')
    default:
      return tool satisfies never
  }
}

/** Puts a mark before each line that is selected. */
function linesOf(text: string, start: number, end: number, mark: string): Insert {
  const from = text.lastIndexOf('\n', start - 1) + 1
  const lines = text.slice(from, end).split('\n')
  const insert = lines.map((line) => mark + line).join('\n')
  return { from, to: end, text: insert, select: [insert.length, insert.length] }
}
