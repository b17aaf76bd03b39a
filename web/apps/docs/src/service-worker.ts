/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/// <reference types="@sveltejs/kit" />
// Keeps a copy of the whole documentation, so that it, the search included, works
// without a connection. One cache for each version; the old one goes when the new
// one is complete.
import { base, build, files, version } from '$service-worker';

const worker = globalThis.self as unknown as ServiceWorkerGlobalScope;
const cacheName = `erynoa-docs-${version}`;
const page = `${base}/`;
const assets = new Set([...build, ...files, `${base}/boot.js`]);

async function install(): Promise<void> {
	const cache = await caches.open(cacheName);
	await cache.addAll([page, ...assets]);
	await worker.skipWaiting();
}

async function activate(): Promise<void> {
	for (const name of await caches.keys()) {
		if (name.startsWith('erynoa-docs-') && name !== cacheName) await caches.delete(name);
	}
	await worker.clients.claim();
}

/** Built files never change under their name; the page itself is asked for first. */
async function answer(request: Request, pathname: string): Promise<Response> {
	const cache = await caches.open(cacheName);
	if (assets.has(pathname)) {
		const copy = await cache.match(pathname);
		if (copy) return copy;
	}
	try {
		return await fetch(request);
	} catch (failure) {
		const copy = request.mode === 'navigate' ? await cache.match(page) : undefined;
		if (copy) return copy;
		throw failure;
	}
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
	const { origin, pathname } = new URL(event.request.url);
	if (event.request.method !== 'GET' || origin !== location.origin || !pathname.startsWith(`${base}/`))
		return;
	event.respondWith(answer(event.request, pathname));
});
