export * from './bodies';
export * from './bytes';
export {
	CERTIFICATE_MOST_BYTES,
	type Certificate,
	type CertifiedEvidence,
	type Credential,
	DOCUMENT_MOST_BYTES,
} from './certificate';
export * from './chain';
export { LEAST_RECOVERY_DELAY_S, MOST_RECOVERY_DELAY_S, USUAL_RECOVERY_DELAY_S } from './check-identity';
export { checkRule, MAX_PROPOSED_RULES, MAX_RULES, MIN_GOVERNANCE_S } from './check-realm';
export * from './checkpoint';
export * from './coordinate';
export * from './cosignature';
export * from './crossing';
export * from './delegation';
export { isDomainLabel } from './demand';
export * from './describe';
export * from './did';
export * from './ed25519';
export * from './event';
export * from './evidence';
export { keyFingerprint } from './fingerprint';
export * from './key-file';
export * from './light';
export * from './mana';
export * from './merkle';
export * from './power';
export * from './problem';
export * from './proof';
export * from './quorum';
export * from './realm';
export * from './receipt-offer';
export * from './recovery';
export * from './recovery-time';
export * from './signer';
export * from './trust';
export * from './uid';
export * from './verifier-key';
export * from './verify-certificate';
export * from './voting';
export * from './wire';
