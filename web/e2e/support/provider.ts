// A gateway whose people come from the development identity provider
// (deploy/services/oidc), and the steps on the provider's own pages.

import { expect, type Page } from '@playwright/test';
import { type Gateway, startGateway } from './gateway';

export const PROVIDER_NAME = 'Workshop ID';

/** Address of the running provider. */
export function issuer(): string {
	const address = process.env.ERYNOA_TEST_OIDC_ISSUER;
	if (!address) {
		throw new Error(
			'ERYNOA_TEST_OIDC_ISSUER is missing: start the identity provider with `make services`, or run `scripts/services.sh run oidc -- …`',
		);
	}
	return address;
}

export function startProviderGateway(environment: Record<string, string> = {}): Promise<Gateway> {
	return startGateway({
		APP_AUTH__MODE: 'oidc',
		APP_AUTH__ISSUER: issuer(),
		APP_AUTH__PROVIDER_NAME: PROVIDER_NAME,
		APP_AUTH__PLATFORM_CLIENT_ID: 'platform',
		APP_AUTH__CONSOLE_CLIENT_ID: 'console',
		APP_AUTH__DOCS_CLIENT_ID: 'docs',
		APP_AUTH__AUDIENCES: '["erynoa"]',
		...environment,
	});
}

/** From an app's button over the provider's page back to the app, as one of its people. */
export async function signInAs(page: Page, user: string): Promise<void> {
	await page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` }).click();
	await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible();
	await page.locator(`button[name=user][value=${user}]`).click();
}
