import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { PreviewAttestationResponse } from '@erynoa/proto';
import { attestation, Dimension, identityRef, isDomainLabel, Polarity, type Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import {
	type DimensionKey,
	domainLabel,
	type ExpiryKey,
	expiryOf,
	MAX_COMMENT_BYTES,
	type PolarityKey,
} from './attest-input';
import { installation } from './installation.svelte';
import { landings } from './landings.svelte';
import { byteLength } from './lengths';

/** One attestation, from the empty form to the log. */
export class AttestForm {
	dimension = $state<DimensionKey>('1');
	polarity = $state<PolarityKey>('positive');
	domain = $state('');
	comment = $state('');
	expiry = $state<ExpiryKey>('never');
	/** YYYY-MM-DD. */
	day = $state('');
	/** Somebody has tried to submit: show what is missing. */
	asked = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();
	/** Id of what was submitted last. */
	submitted = $state<Uid>();

	get dimensionValue(): Dimension {
		return Number(this.dimension) as Dimension;
	}

	get polarityValue(): Polarity {
		return this.polarity === 'positive' ? Polarity.POSITIVE : Polarity.NEGATIVE;
	}

	/** The label as it will be signed; empty outside competence. */
	get domainValue(): string {
		return this.dimensionValue === Dimension.COMPETENCE ? domainLabel(this.domain).replace(/-$/, '') : '';
	}

	get commentBytes(): number {
		return byteLength(this.comment.trim());
	}

	get commentTooLong(): boolean {
		return this.commentBytes > MAX_COMMENT_BYTES;
	}

	get domainWrong(): boolean {
		return this.domainValue !== '' && !isDomainLabel(this.domainValue);
	}

	get expiryWrong(): boolean {
		return expiryOf(this.expiry, this.day, Date.now()) === undefined;
	}

	/** Signs and submits. `preview` is what the form showed last. */
	async submit(
		subject: { did: string; name: string },
		preview: PreviewAttestationResponse | undefined,
	): Promise<Uid | undefined> {
		this.asked = true;
		const expiresAtUs = expiryOf(this.expiry, this.day, Date.now());
		const realm = installation.rootRealm;
		if (this.busy || this.commentTooLong || this.domainWrong || expiresAtUs === undefined || !realm)
			return undefined;
		this.busy = true;
		this.error = undefined;
		const [dimension, domain] = [this.dimensionValue, this.domainValue];
		try {
			const author = await erynoa.author();
			const body = attestation({
				subject: identityRef(subject.did),
				dimension,
				polarity: this.polarityValue,
				domain,
				comment: this.comment.trim(),
				expiresAtUs,
			});
			const { id, sequence } = await author.publish(body, { realm });
			landings.add({
				id,
				sequence,
				subject: subject.did,
				subjectName: subject.name,
				dimension,
				domain,
				beforePpm: preview?.beforePpm ?? 0,
				epoch: 0n,
				afterPpm: undefined,
			});
			this.submitted = id;
			return id;
		} catch (reason) {
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
		}
	}

	/** An empty form for the same person. */
	again(): void {
		this.submitted = undefined;
		this.error = undefined;
		this.comment = '';
		this.domain = '';
		this.expiry = 'never';
		this.asked = false;
	}
}
