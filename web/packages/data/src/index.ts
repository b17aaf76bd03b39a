// What stands between the client and the components: answers and lists that
// pages follow while they load, fail, grow and refresh.
export { failureOf, Loaded, load } from './load.svelte';
export { type Page, Paged, paged } from './paged.svelte';
