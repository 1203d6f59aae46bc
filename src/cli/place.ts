import type { EventLine } from '../events/read-events'
import { toVisible } from './output'

/** Returns the place of a line for people, such as `orders.json:7` or `orders.json:1, element 3`. */
export const toPlace = ({ source, line, element }: Pick<EventLine, 'source' | 'line' | 'element'>): string =>
  `${source === '-' ? 'standard input' : toVisible(source)}:${line}${element === undefined ? '' : `, element ${element}`}`
