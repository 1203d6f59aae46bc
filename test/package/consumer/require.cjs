/* Requires the entry that the command line names, and prints its exports and the packages that this loads. */
const exported = require(process.argv[2])

const packageOf = (file) => /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]

console.log(
  JSON.stringify({
    exports: Object.keys(exported),
    packages: [...new Set(Object.keys(require.cache).map(packageOf))].filter(Boolean)
  })
)
