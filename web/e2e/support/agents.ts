// What an agent does by itself: with the key file that the platform shows once.

import { type Api, ApiError, createAuthor, type Published } from '@erynoa/client';
import {
	attestation,
	Dimension,
	type EventBody,
	fromHex,
	identityRef,
	Polarity,
	parseUid,
	ReceiptOutcome,
	receipt,
	receiptTerms,
	seedSigner,
	signReceipt,
	type Uid,
} from '@erynoa/protocol';
import type { Person } from './people';

export interface KeyFile {
	format: number;
	did: string;
	public_key: string;
	secret_key: string;
	identity_created: string;
}

/** The root realm of the installation. */
export async function rootRealm(api: Api): Promise<Uid> {
	const { log } = await api.info.getInfo({});
	return parseUid(log?.rootRealm ?? '');
}

/** Signs something as the agent with this key file. */
export async function actAs(file: KeyFile, api: Api, body: EventBody): Promise<Published> {
	const author = createAuthor(api, identityRef(file.did), seedSigner(fromHex(file.secret_key)));
	return author.publish(body, { realm: await rootRealm(api) });
}

/** A good word about somebody's reliability. */
export function goodWord(subject: Person): EventBody {
	return attestation({ subject: subject.uid, dimension: Dimension.RELIABILITY, polarity: Polarity.POSITIVE });
}

/** A receipt that both sides have signed; `author` is to publish it. */
export async function bothSigned(performer: Person, client: Person): Promise<EventBody> {
	const signer = seedSigner(client.seed);
	const terms = receiptTerms({
		realm: await rootRealm(performer.api),
		performer: performer.uid,
		client: client.uid,
		outcome: ReceiptOutcome.KEPT,
		description: 'Sharpened the saws.',
	});
	const countersignature = await signReceipt(terms, signer);
	return receipt({ terms, countersignerKey: signer.publicKey, countersignature });
}

/** The code of a refusal. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
	try {
		await call;
	} catch (error) {
		if (error instanceof ApiError) return error.code;
		throw error;
	}
	return 'accepted';
}
