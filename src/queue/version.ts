/** Replaced by the build. */
declare const PACKAGE_VERSION: string

/** Version of this package; `development` if it was not built. */
export const version: string = typeof PACKAGE_VERSION === 'undefined' ? 'development' : PACKAGE_VERSION
