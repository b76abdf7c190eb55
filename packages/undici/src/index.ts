/**
 * A dispatcher for undici and `fetch`, whose requests go to the members that a poller knows.
 *
 * @packageDocumentation
 */
export { type UndiciDispatcherOptions, undiciDispatcher } from "./undici-dispatcher.js";
