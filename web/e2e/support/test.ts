// What the page specs import instead of @playwright/test.

import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { type Gateway, startGateway } from './gateway';
import { createPerson, type Person, seatPerson } from './people';

interface Fixtures {
	/** Makes an identity over the API. */
	person: (name: string) => Promise<Person>;
	/** A browser of its own in which a person sits (signed in unless told otherwise). */
	seat: (person: Person, options?: { signedIn?: boolean }) => Promise<Page>;
	/** Fails the test when a page throws or breaks the content security policy. */
	quiet: undefined;
}

interface WorkerFixtures {
	/** The gateway of this project; nobody has claimed it until `operator` is used. */
	gateway: Gateway;
	/** Its operator and founder, claimed over the API. */
	operator: Person;
}

function listen(page: Page, problems: string[]) {
	page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.stack ?? error.message}`));
	page.on('console', (message) => {
		if (message.text().includes('Content Security Policy')) problems.push(`${page.url()}: ${message.text()}`);
	});
}

// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
async function freshGateway({}: object, use: (gateway: Gateway) => Promise<void>) {
	const gateway = await startGateway();
	await use(gateway);
	await gateway.remove();
}

export const test = base.extend<Fixtures, WorkerFixtures>({
	gateway: [freshGateway, { scope: 'worker', timeout: 40_000 }],
	operator: [
		async ({ gateway }, use) => {
			const operator = await createPerson(gateway.url, 'Olga Operator');
			await operator.claim(gateway.claimToken);
			await use(operator);
		},
		{ scope: 'worker' },
	],
	// Pages may be opened by their path alone.
	baseURL: async ({ gateway }, use) => use(gateway.url),
	person: async ({ gateway }, use) => use((name) => createPerson(gateway.url, name)),
	seat: async ({ browser, gateway, contextOptions }, use) => {
		const contexts: BrowserContext[] = [];
		const problems: string[] = [];
		await use(async (person, options) => {
			const context = await browser.newContext({ ...contextOptions, baseURL: gateway.url, locale: 'en-GB' });
			contexts.push(context);
			await seatPerson(context, gateway.url, person, options);
			const page = await context.newPage();
			listen(page, problems);
			return page;
		});
		await Promise.all(contexts.map((context) => context.close()));
		expect(problems, 'what the pages complained about').toEqual([]);
	},
	quiet: [
		async ({ page }, use) => {
			const problems: string[] = [];
			listen(page, problems);
			await use(undefined);
			expect(problems, 'what the page complained about').toEqual([]);
		},
		{ auto: true },
	],
});

/** As `test`, on a server that no other test shares: for what all of its pages would show. */
export const testAlone = test.extend<object, Pick<WorkerFixtures, 'gateway'>>({
	// Another function than that of `test`, so that Playwright gives it a worker of its own.
	// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
	gateway: [async ({}, use) => freshGateway({}, use), { scope: 'worker', timeout: 40_000 }],
});

export { expectAccessible } from './accessibility';
export { startGateway } from './gateway';
export type { Person } from './people';
export { photograph } from './photograph';
export { expect };
