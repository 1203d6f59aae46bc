/* How much each contestant has to do. */

/** How many events are under way at once. */
exports.CONCURRENCY = 50

/** A share of a number that `--scale` asks for, rounded up to whole multiples. */
const scaled = (count, scale, multiple = 1) => multiple * Math.ceil((count * scale) / multiple)
exports.scaled = scaled

/** How many events warm the process up, and how many are measured. */
exports.sizesOf = ({ scale }, multiple) => ({
  warmUp: scaled(2000, scale, multiple),
  events: scaled(8000, scale, multiple)
})
