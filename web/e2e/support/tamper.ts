// A server that lies: answers are changed on their way to the page.

import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { Page } from '@playwright/test';

/** Frame of gRPC-Web: one byte of flags, four of length. */
const HEAD = 5;

/**
 * Changes every answer to a unary call before the page sees it.
 *
 * @param method such as `LogService/GetInclusionProof`
 */
export async function tamper<Desc extends DescMessage>(
	page: Page,
	method: string,
	schema: Desc,
	change: (answer: MessageShape<Desc>) => void,
): Promise<void> {
	await page.route(`**/erynoa.api.v1.${method}`, async (route) => {
		const response = await route.fetch();
		const body = await response.body();
		const length = body.length < HEAD || body[0] !== 0 ? undefined : body.readUInt32BE(1);
		// An error has no message to change.
		if (length === undefined) return route.fulfill({ response, body });
		const answer = fromBinary(schema, body.subarray(HEAD, HEAD + length));
		change(answer);
		const message = toBinary(schema, answer);
		const head = Buffer.alloc(HEAD);
		head.writeUInt32BE(message.length, 1);
		return route.fulfill({ response, body: Buffer.concat([head, message, body.subarray(HEAD + length)]) });
	});
}
