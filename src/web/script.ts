/** The script build: sets `window.friendbuyDestination`, by which hosts find the factory of a remote plugin. */
import { friendbuyWeb } from './friendbuy-web'
import { currentPage } from './page'
import { rudderIntegration } from './rudder-integration'
import { toPush } from './to-push'

/** The factory, with the entry's other functions for pages without a bundler. */
export const friendbuyDestination = Object.assign(friendbuyWeb, { rudderIntegration, toPush })

currentPage().friendbuyDestination = friendbuyDestination
