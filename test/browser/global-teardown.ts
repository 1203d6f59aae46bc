const teardown = async (): Promise<void> => globalThis.testBrowser?.close()

export default teardown
