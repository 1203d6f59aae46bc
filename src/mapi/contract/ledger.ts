/** Ledgers: points and credit of customers. */
import { mapRecords, toRecord, withNumbers } from './answers'
import type { Moment } from './common'
import type { OperationsOf } from './operation'
import { moment, object, oneOf, optional, positiveNumber, text } from './schema'

/** Change of a ledger, whoever owns it. */
export interface LedgerChange {
  /** Currency of the ledger, as it is spelled in Friendbuy: `USD`, `Points`, `Friend Bucks`. */
  currency: string
  /** Amount to add or remove, above 0, in major units of the currency. */
  value: number
  /** Direction of the change. */
  adjustmentType: 'add' | 'remove'
  /** Description of the change, which `getLedgerEntries` lists. */
  description: string
  /** Time at which the amount expires. Only with `add`. */
  expirationDate?: Moment
}

/** Change of a customer's ledger. */
export interface LedgerAdjustment extends LedgerChange {
  /** The shop's ID of the customer, whom Friendbuy must know. */
  customerId: string
}

/** Change of a ledger whose owner Friendbuy need not know. */
export interface CustomLedgerAdjustment extends LedgerChange {
  /** ID of the ledger's owner. */
  customCustomerId: string
}

/** A credit of a ledger. */
export interface CreditDetail {
  /** Amount of the credit. */
  amount: number
  /** Time at which it was earned, as ISO text. */
  earnedOn: string
  /** Time at which it expires, as ISO text. */
  expireOn?: string
  /** Time at which it was used up, as ISO text. */
  redeemedOn?: string
  /** Status of the credit. */
  status: 'active' | 'expired' | 'redeemed' | (string & {})
}

/** A ledger after a change. */
export interface LedgerAdjustmentReceipt {
  /** Currency of the ledger. */
  currency: string
  /** Balance after the change. */
  total: number
  /** Amount that was added or removed. */
  value: number
  /** Maximum balance of the ledger. */
  ledgerCap: number
  /** Description of the change. */
  description: string
  /** Time at which the ledger was created, as ISO text. */
  createdOn: string
  /** Time at which the ledger expires, as ISO text. */
  expirationDate?: string
  /** Credits of the ledger. */
  creditDetails?: CreditDetail[]
}

/** A ledger to look up. */
export interface LedgerBalanceQuery {
  /** The shop's ID of the customer. */
  customerId: string
  /** Currency of the ledger, as it is spelled in Friendbuy. */
  currency: string
}

/** A ledger to look up, whose owner Friendbuy need not know. */
export interface CustomLedgerBalanceQuery {
  /** ID of the ledger's owner. */
  customCustomerId: string
  /** Currency of the ledger, as it is spelled in Friendbuy. */
  currency: string
}

/** Balance of a ledger. */
export interface LedgerBalance {
  /** Currency of the ledger. */
  currency: string
  /** Balance, in major units of the currency. */
  total: number
  /** Time at which the ledger was created, as ISO text. */
  createdOn?: string
  /** Time at which the ledger expires, as ISO text. */
  expirationDate?: string
  /** Credits of the ledger. */
  creditDetails?: CreditDetail[]
}

/** Changes of a ledger to look up. */
export interface LedgerEntriesQuery extends LedgerBalanceQuery {
  /** Time after which the changes were made. */
  createdAfter: Moment
}

/** A change of a ledger. */
export interface LedgerEntry {
  /** The shop's ID of the customer. */
  customerId: string
  /** Currency of the ledger. */
  currency: string
  /** Balance after the change. */
  total: number
  /** Amount of the change, negative for what was taken. */
  value: number
  /** Time of the change, as ISO text. */
  createdOn: string
  /** Description of the change. */
  description: string
  /** Name of the earning event or redemption option that caused it. */
  sourceName?: string
}

/** Operations on ledgers. */
export interface LedgerOperations {
  /**
   * Adds to a customer's ledger or removes from it. Never repeated once MAPI may have acted: the call then rejects with
   * the code `OUTCOME_UNKNOWN`, and `getLedgerEntries` shows what happened.
   *
   * @see https://developers.friendbuy.com/#postledgeradjustment
   * @example
   * const change = { currency: 'Points', value: 50, adjustmentType: 'add', description: 'Goodwill' } as const
   * const { total } = await mapi.postLedgerAdjustment({ customerId: 'c-1', ...change })
   */
  readonly postLedgerAdjustment: (adjustment: LedgerAdjustment) => Promise<LedgerAdjustmentReceipt>
  /**
   * Adds to a ledger or removes from it, whether or not Friendbuy knows the customer. Repeated as little as
   * `postLedgerAdjustment`.
   *
   * @see https://developers.friendbuy.com/#postledgeradjustmentcustom
   * @example
   * await mapi.postLedgerAdjustmentCustom({ customCustomerId: 'guest-7', ...change })
   */
  readonly postLedgerAdjustmentCustom: (
    adjustment: CustomLedgerAdjustment
  ) => Promise<LedgerAdjustmentReceipt>
  /**
   * Gives the balance of a customer's ledger. MAPI answers 404 if there is no such ledger yet.
   *
   * @see https://developers.friendbuy.com/#getledgerbalance
   * @example
   * const { total } = await mapi.getLedgerBalance({ customerId: 'c-1', currency: 'Points' })
   */
  readonly getLedgerBalance: (query: LedgerBalanceQuery) => Promise<LedgerBalance>
  /**
   * Gives the balance of a ledger, whether or not Friendbuy knows the customer.
   *
   * @see https://developers.friendbuy.com/#getledgerbalancecustom
   * @example
   * const { total } = await mapi.getLedgerBalanceCustom({ customCustomerId: 'guest-7', currency: 'Points' })
   */
  readonly getLedgerBalanceCustom: (query: CustomLedgerBalanceQuery) => Promise<LedgerBalance>
  /**
   * Lists the changes of a customer's ledger after a point in time.
   *
   * @see https://developers.friendbuy.com/#getledgerentries
   * @example
   * const entries = await mapi.getLedgerEntries({ customerId: 'c-1', currency: 'Points', createdAfter: yesterday })
   */
  readonly getLedgerEntries: (query: LedgerEntriesQuery) => Promise<LedgerEntry[]>
}

const change = {
  currency: text,
  value: positiveNumber,
  adjustmentType: oneOf('add', 'remove'),
  description: text,
  expirationDate: optional(moment)
}

/** One table has creditDetails as a list, another as an object; the tables have amounts as text, the examples as numbers. */
const toLedger = (body: unknown) => {
  const ledger = withNumbers(toRecord(body), 'total', 'value', 'ledgerCap')
  return ledger.creditDetails === undefined
    ? ledger
    : {
        ...ledger,
        creditDetails: mapRecords(ledger.creditDetails, (credit) => withNumbers(credit, 'amount'))
      }
}

const adjustment = {
  method: 'POST',
  repeat: 'never',
  violationOf: ({ adjustmentType, expirationDate }: Readonly<Record<string, unknown>>) =>
    adjustmentType === 'remove' && expirationDate !== undefined
      ? 'expirationDate: only an addition can expire'
      : undefined,
  toAnswer: toLedger
} as const

/** A 409 says that the ledger is locked by another process, and that the client should try again. */
const reading = { method: 'GET', repeat: 'always', retryStatuses: [409] } as const

export const ledgerOperations = {
  postLedgerAdjustment: {
    ...adjustment,
    path: '/v1/ledger-adjustment',
    input: object<LedgerAdjustment>({ customerId: text, ...change })
  },
  postLedgerAdjustmentCustom: {
    ...adjustment,
    path: '/v1/ledger-adjustment-custom',
    input: object<CustomLedgerAdjustment>({ customCustomerId: text, ...change })
  },
  getLedgerBalance: {
    ...reading,
    path: '/v1/ledger-balance',
    input: object<LedgerBalanceQuery>({ customerId: text, currency: text }),
    toAnswer: toLedger
  },
  getLedgerBalanceCustom: {
    ...reading,
    path: '/v1/ledger-balance-custom',
    input: object<CustomLedgerBalanceQuery>({ customCustomerId: text, currency: text }),
    toAnswer: toLedger
  },
  getLedgerEntries: {
    ...reading,
    path: '/v1/ledger-entries',
    input: object<LedgerEntriesQuery>({ customerId: text, currency: text, createdAfter: moment }),
    toAnswer: (body) =>
      Array.isArray(body) ? mapRecords(body, (entry) => withNumbers(entry, 'total', 'value')) : []
  }
} as const satisfies OperationsOf<LedgerOperations>
