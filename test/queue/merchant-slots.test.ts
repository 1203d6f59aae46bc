import { MerchantSlots, type SlotResult } from '../../src/queue/merchant-slots'

/** The monotonic clock. */
let now: number

beforeEach(() => {
  now = 1000
  jest.useFakeTimers()
  jest.spyOn(performance, 'now').mockImplementation(() => now)
})

afterEach(() => {
  jest.restoreAllMocks()
  jest.useRealTimers()
})

const pass = async (ms: number) => {
  now += ms
  await jest.advanceTimersByTimeAsync(ms)
}

const release = (slot: SlotResult | undefined) => {
  if (!slot || 'delayMs' in slot) throw new Error('There is no slot to release.')
  slot.release()
}

const acquireAll = (slots: MerchantSlots, count: number, merchant = 'shop') =>
  Promise.all(Array.from({ length: count }, () => slots.acquire(merchant)))

const GRANTED = { release: expect.any(Function) as () => void }

describe('MerchantSlots', () => {
  it('grants each merchant its slots, whatever the others have', async () => {
    const slots = new MerchantSlots({ perMerchant: 2 })
    expect(await acquireAll(slots, 2, 'shop-1')).toEqual([GRANTED, GRANTED])
    expect(await acquireAll(slots, 2, 'shop-2')).toEqual([GRANTED, GRANTED])
  })

  it("hands a fast merchant's slots over in order, and grants them again after that", async () => {
    const slots = new MerchantSlots({ perMerchant: 1 })
    const held = await slots.acquire('shop')
    const order: number[] = []
    const waiting = [1, 2].map(async (number) => {
      const slot = await slots.acquire('shop')
      order.push(number)
      return slot
    })
    await pass(5)
    expect(order).toEqual([])
    release(held)
    release(await waiting[0])
    release(await waiting[1])
    expect(order).toEqual([1, 2])
    expect(await slots.acquire('shop')).toEqual(GRANTED)
  })

  it('delays the events of a merchant that keeps its slots, 10 ms apart, after one wait of half a second', async () => {
    const slots = new MerchantSlots({ perMerchant: 2 })
    const held = await acquireAll(slots, 2)
    const waiting = slots.acquire('shop')
    await pass(500)
    expect(await waiting).toEqual({ delayMs: 10 })
    expect(await acquireAll(slots, 3)).toEqual([20, 30, 40].map((delayMs) => ({ delayMs })))
    await pass(25)
    expect(await slots.acquire('shop')).toEqual({ delayMs: 25 })
    held.forEach(release)
    expect(await slots.acquire('shop')).toEqual(GRANTED)
  })

  it('delays the events of a merchant whose events take long, without a wait', async () => {
    const slots = new MerchantSlots({ perMerchant: 2 })
    const [one, two] = await acquireAll(slots, 2)
    await pass(5000)
    release(one)
    const three = await slots.acquire('shop')
    expect(await slots.acquire('shop')).toEqual({ delayMs: 10 })
    // Once they are fast again, they wait again.
    release(two)
    for (let count = 0; count < 30; count += 1) release(await slots.acquire('shop'))
    await slots.acquire('shop')
    const waiting = slots.acquire('shop')
    release(three)
    expect(await waiting).toEqual(GRANTED)
  })
})
