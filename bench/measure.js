/*
 * Measures one contestant in one scenario, in a process of its own that run.mjs forks:
 * `node measure.js SCENARIO CONTESTANT OPTIONS`. The figures go back as a message.
 */
const [, , scenario, contestant, options] = process.argv

const main = async () => {
  const { run } = require(`./scenarios/${scenario}`)
  const figures = await run(require(`./contestants/${contestant}`), JSON.parse(options))
  process.send(figures, () => process.exit())
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
