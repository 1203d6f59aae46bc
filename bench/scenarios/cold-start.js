module.exports = {
  title: 'Cold start: `require` of the main entry, after actions-core',
  contestants: ['ours', 'peer'],
  rounds: 21,
  figures: {
    addedMs: 'added to actions-core, ms',
    addedModules: 'added to actions-core, modules',
    coreMs: 'actions-core alone, ms'
  },

  run: ({ core, entry }) => {
    const load = (path) => {
      const modules = Object.keys(require.cache).length
      const startedAt = process.hrtime.bigint()
      require(path)
      const ms = Number(process.hrtime.bigint() - startedAt) / 1e6
      return { ms, modules: Object.keys(require.cache).length - modules }
    }
    const { ms: coreMs } = load(core)
    const { ms: addedMs, modules: addedModules } = load(entry)
    return { addedMs, addedModules, coreMs }
  }
}
