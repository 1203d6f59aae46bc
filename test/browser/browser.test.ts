import { describeInBrowser } from '../support/browser'
import { startSite, type TestSite } from '../support/site'

const PAGE = `<!doctype html><title>Shop</title><body><script>
  console.warn('visits: ' + localStorage.visits)
  localStorage.visits = '1'
  Promise.reject(new Error('unhandled'))
  for (const host of ['static', 'campaign']) {
    const script = document.head.appendChild(document.createElement('script'))
    script.src = 'https://' + host + '.fbot.me/a.js'
  }
</script>`

describeInBrowser('The browser of the tests', (openPage) => {
  let site: TestSite
  beforeAll(async () => {
    site = await startSite(() => ({ body: PAGE }))
  })
  afterAll(() => site.close())

  it.each(['first', 'second'])('gives the %s page its own storage, and notes what it did', async () => {
    const { requested, errors, logged, reported, waitFor } = await openPage(site.url, {
      remote: (address) =>
        address.includes('static')
          ? { status: 200, type: 'text/javascript', body: 'window.answered = true' }
          : 'blocked'
    })
    await waitFor('window.answered && document.readyState === "complete"')
    expect({ requested, errors, logged, reported }).toEqual({
      requested: ['https://static.fbot.me/a.js', 'https://campaign.fbot.me/a.js'],
      errors: ['unhandled'],
      logged: ['warn: visits: undefined'],
      reported: [expect.stringContaining('ERR_BLOCKED_BY_CLIENT')]
    })
  })
})
