import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { createApi } from '@erynoa/client';
import { didOf, identityRef, Namespace, seedSigner, signSignIn } from '@erynoa/protocol';
import { expect, test } from '@playwright/test';
import { blake3 } from '../../packages/protocol/node_modules/@noble/hashes/blake3.js';
import { type Person, seatPerson } from '../support/people';
import { photograph } from '../support/photograph';

const url = 'http://127.0.0.1:3977';
const only = process.env.ONLY?.split(',');
test('demo', async ({ browser }) => {
	const context = new TextEncoder().encode('erynoa import ratings v1');
	const seed = blake3(new TextEncoder().encode('bitcoin-otc:1'), { context });
	const signer = seedSigner(seed);
	const did = didOf(Namespace.SELF, signer.publicKey);
	const api = createApi(createGrpcWebTransport({ baseUrl: url }));
	const person = {
		did,
		uid: identityRef(did),
		name: 'OTC 1',
		publicKey: signer.publicKey,
		seed,
		api,
		async signIn() {
			const challenge = await api.sessions.createChallenge({ identity: did });
			const signature = await signSignIn(challenge, identityRef(did), signer, url);
			const a = await api.sessions.signIn({
				identity: did,
				challenge: challenge.challenge,
				publicKey: signer.publicKey,
				signature,
			});
			return { tokens: a.tokens, session: a.session };
		},
	} as unknown as Person;
	const browserContext = await browser.newContext({
		baseURL: url,
		locale: process.env.LOCALE ?? 'en-GB',
		viewport: { width: 1440, height: 900 },
	});
	await seatPerson(browserContext, url, person);
	const page = await browserContext.newPage();
	page.on('pageerror', (e) => console.log('PAGEERROR', e.stack));
	const settled = async () => {
		await expect(page.locator('[class*="animate-pulse"]')).toHaveCount(0, { timeout: 30_000 });
		await page.waitForTimeout(600);
	};
	const { events } = await api.events.list({ filter: { kinds: [4] }, pageSize: 5 });
	await page.setViewportSize({ width: Number(process.env.WIDTH ?? 1440), height: 1200 });
	const rooms: [string, string][] = [
		['overview', '/console'],
		['events', '/console/events'],
		['graph', '/console/events?view=graph'],
		[
			'graph-person',
			`/console/events?view=graph&kinds=attestation,identity_created&participant=${events[0]?.author}`,
		],
		['event', `/console/events/${events[0]?.id}`],
		['log', '/console/log'],
		['trust', '/console/trust'],
		['configuration', '/console/configuration'],
	];
	for (const [name, path] of rooms) {
		if (only && !only.includes(name)) continue;
		await page.goto(path);
		await settled();
		if (name.startsWith('graph')) {
			await page
				.getByRole('button', { name: /Load older|Ältere laden/ })
				.click()
				.catch(() => {});
			await settled();
			await page.getByRole('application').focus();
			await page.keyboard.press('ArrowLeft');
			await page.keyboard.press('ArrowLeft');
		}
		const t = Date.now();
		if (process.env.WIDTH) await page.screenshot({ path: '/tmp/wide-' + name + '.png' });
		else
			await photograph(page, (process.env.LOCALE ? 'de-' : '') + name).catch((e) =>
				console.log(name, String(e).slice(0, 300)),
			);
		console.log(name, Date.now() - t);
	}
});
