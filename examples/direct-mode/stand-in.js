/* Stands in for Friendbuy's script: shows the pushes that wait in the array, and then each one as it comes. */
{
  const list = document.getElementById('pushes')

  const toTitle = ([name, event]) => (name === 'merchant' ? 'merchant' : event)

  const show = (push) => {
    const item = document.createElement('li')
    const title = document.createElement('h3')
    title.textContent = toTitle(push)
    const code = document.createElement('pre')
    code.tabIndex = 0
    code.textContent = `friendbuyAPI.push(${JSON.stringify(push, null, 2)})`
    item.append(title, code)
    list.prepend(item)
    document.getElementById('count').textContent = list.children.length
    document.getElementById('empty').hidden = true
  }

  const waiting = window.friendbuyAPI
  window.friendbuyAPI = { merchantId: waiting.merchantId, push: show }
  waiting.forEach(show)
}
