/** Version of the package, which hosts report with a plugin. A test compares it with package.json. */
export const VERSION = '0.1.0'
