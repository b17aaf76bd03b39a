// What stands between the client and the components: answers and lists that
// pages follow while they load, fail, grow and refresh, and what is signed.
export { Deed } from './deed.svelte';
export { isJudge } from './judges';
export { failureOf, Loaded, load } from './load.svelte';
export { peopleNames, realmNames } from './names.svelte';
export { type Page, Paged, paged } from './paged.svelte';
export { Poll, poll } from './poll.svelte';
