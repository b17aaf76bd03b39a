//! Every constant of protocol §5 with its unit and its reason (K27).
//!
//! The values were chosen on the Bitcoin OTC network for predicting who will
//! be rated negatively in the next quarter, and for resistance to Sybil
//! cliques, slander, traitors and whitewashing.

use std::sync::LazyLock;

use erynoa_proto::protocol::v1::Parameters;
use prost::Message;

/// One unit of evidence, micro-units.
pub const UNIT: u64 = 1_000_000;
/// The ratio 1.0, ppm.
pub const PPM: u64 = 1_000_000;

/// α₀, micro-units: with β₀ a newcomer starts at 0.1, low enough that a fresh
/// identity gains nothing over a mildly bad one.
pub const PRIOR_ALPHA: u64 = 500_000;
/// β₀, micro-units: α₀ + β₀ = 5 units make one founder's positive lift a
/// newcomer above the threshold of a voice, and one ordinary voice not.
pub const PRIOR_BETA: u64 = 4_500_000;
/// α of a founder, micro-units: somebody has to be believed first.
pub const FOUNDER_ALPHA: u64 = 9_000_000;
/// β of a founder, micro-units: founders start at 0.9 and can fall.
pub const FOUNDER_BETA: u64 = 1_000_000;
/// λ of R, I, C, P and of the standing: failure outweighs success (K4).
pub const LAMBDA: u32 = 6;
/// λ of V and Ω: whoever guards the rules is held to more.
pub const LAMBDA_STRICT: u32 = 8;
/// c₊ over 2³² a day: half-life of positive evidence 5 years.
pub const DECAY_POSITIVE: u64 = 4_293_336_348;
/// c₋ over 2³² a day: half-life of negative evidence 3 years, because
/// forgiveness is part of the design.
pub const DECAY_NEGATIVE: u64 = 4_292_249_394;
/// Most that all attesters without a voice move together, micro-units: it
/// makes slander by newcomers pointless.
pub const UNVOICED_CAP: u64 = 1_000_000;
/// Lowest trust, ppm: nobody is beyond return.
pub const TRUST_FLOOR_PPM: u64 = 10_000;
/// Standing from which on an attester has a voice, ppm: out of reach of any
/// number of newcomers who praise each other.
pub const VOICE_THRESHOLD_PPM: u64 = 300_000;
/// Standing that weighs nothing, ppm: the newcomer's.
pub const VOICE_OFFSET_PPM: u64 = 100_000;
/// Weight of a founder's voice, micro-units: lifts a newcomer to 0.357.
pub const FOUNDER_VOICE: u64 = 2_000_000;
/// Weight of a negative attestation, with or without a voice, micro-units.
pub const NEGATIVE_WEIGHT: u64 = UNIT;
/// Attestations of one attester in the window that count in full.
pub const BUDGET: u32 = 40;
/// Length of the budget's window, days: a quarter.
pub const BUDGET_DAYS: u32 = 91;
/// Weight of a broken receipt against its performer, micro-units.
pub const RECEIPT_BROKEN: u64 = 1_000_000;
/// Weight of a receipt that its performer aborted, micro-units.
pub const RECEIPT_ABORTED: u64 = 500_000;
/// Weight of a proven equivocation against fidelity, micro-units: it ends the
/// good name of a signer at once.
pub const EQUIVOCATION: u64 = 10_000_000;
/// Integrity of an attester whose claim was judged true, micro-units: as much
/// as one receipt of a full voice.
pub const CLAIM_TRUE: u64 = UNIT;
/// Against an attester whose claim was false in a detail, micro-units: an
/// error weighs what a truth does, before λ.
pub const CLAIM_FALSE_MINOR: u64 = UNIT;
/// Against an attester whose claim was false where it matters, micro-units:
/// more than any single praise repairs.
pub const CLAIM_FALSE_SIGNIFICANT: u64 = 5 * UNIT;
/// Against an attester who deceived, micro-units: below one tenth even after
/// years of honesty.
pub const CLAIM_FALSE_FRAUD: u64 = 20 * UNIT;
/// Competence while a credential lives, micro-units: an accredited issuer's
/// word counts as one full voice.
pub const CREDENTIAL_ISSUED: u64 = UNIT;
/// Against the integrity of who got a credential by fraud, micro-units: as an
/// equivocation.
pub const CREDENTIAL_FRAUD: u64 = 10 * UNIT;
/// Vigilance of a witness for a day with a cosignature, micro-units: ten days
/// of watching are one unit.
pub const COSIGNATURE: u64 = 100_000;
/// Against integrity and fidelity of a witness that signed two states of one
/// epoch, micro-units: it ends the good name of a witness at once.
pub const CONTRADICTION: u64 = 10 * UNIT;
/// Vigilance for a confirmed report of low severity, micro-units.
pub const ANOMALY_LOW: u64 = UNIT;
/// Vigilance for a confirmed report of medium severity, micro-units.
pub const ANOMALY_MEDIUM: u64 = 2 * UNIT;
/// Vigilance for a confirmed report of high severity, micro-units.
pub const ANOMALY_HIGH: u64 = 5 * UNIT;
/// Vigilance for a confirmed report of critical severity, micro-units: seeing
/// it saved many.
pub const ANOMALY_CRITICAL: u64 = 10 * UNIT;
/// Against the vigilance of a false report, micro-units: little, so that who
/// is in doubt reports.
pub const ANOMALY_FALSE: u64 = 500_000;
/// Fidelity for a vote, micro-units: taking part keeps the rules alive.
pub const VOTE_CAST: u64 = 300_000;
/// Competence of who made an accepted proposal, micro-units.
pub const PROPOSAL_COMPETENCE: u64 = UNIT;
/// Fidelity of who made an accepted proposal, micro-units.
pub const PROPOSAL_FIDELITY: u64 = 500_000;
/// Against the fidelity of who made a proposal that is spam, micro-units: ten
/// votes' worth.
pub const PROPOSAL_SPAM: u64 = 3 * UNIT;
/// Against fidelity for a broken contract, micro-units.
pub const BREACH_CONTRACT: u64 = 2 * UNIT;
/// Against fidelity for a broken rule of the realm, micro-units.
pub const BREACH_REALM: u64 = 3 * UNIT;
/// Against fidelity for a broken axiom of the protocol, micro-units: as an
/// equivocation.
pub const BREACH_AXIOM: u64 = 10 * UNIT;
/// Against the integrity of a voucher with stake 1.0 for a fault of severity
/// 1.0, micro-units: with the greatest stake as much as three broken promises.
pub const VOUCH_ANSWER: u64 = 10 * UNIT;
/// Greatest stake of a vouch, ppm: nobody ruins themselves for a friend.
pub const VOUCH_MAX_STAKE_PPM: u64 = erynoa_events::MAX_STAKE_PPM as u64;
/// α + β of a prior that was brought along from another realm, micro-units: as
/// firm as a founder's, so that little evidence does not undo it.
pub const CROSSED_STRENGTH: u64 = 10 * UNIT;
/// Least mean of such a prior, ppm: a newcomer's.
pub const CROSSED_FLOOR_PPM: u32 = 100_000;
/// Most events of an epoch: bounds the work between two state roots.
pub const EPOCH_MAX_EVENTS: u32 = 10_000;
/// Evidence at which confidence is one half, micro-units: the strength of the
/// newcomer's prior. Shown, never folded, hence no part of the hash.
pub const CONFIDENCE_HALF: u64 = PRIOR_ALPHA + PRIOR_BETA;
/// Lowest fidelity of every gate, ppm, whatever the norm.
pub const FIDELITY_GATE_PPM: u32 = 50_000;
/// Most hops of a chain: beyond, an estimate says nothing.
pub const CHAIN_MAX_HOPS: usize = 5;

/// BLAKE3-256 of the canonical bytes of `Parameters`; part of every
/// `epoch_closed`, so that replicas with other constants notice.
#[must_use]
pub fn parameters_hash() -> [u8; 32] {
    static HASH: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let parameters = Parameters {
            prior_alpha: PRIOR_ALPHA,
            prior_beta: PRIOR_BETA,
            founder_alpha: FOUNDER_ALPHA,
            founder_beta: FOUNDER_BETA,
            lambda: LAMBDA,
            lambda_strict: LAMBDA_STRICT,
            decay_positive: DECAY_POSITIVE,
            decay_negative: DECAY_NEGATIVE,
            unvoiced_cap: UNVOICED_CAP,
            trust_floor_ppm: TRUST_FLOOR_PPM,
            voice_threshold_ppm: VOICE_THRESHOLD_PPM,
            voice_offset_ppm: VOICE_OFFSET_PPM,
            founder_voice: FOUNDER_VOICE,
            budget: BUDGET,
            budget_days: BUDGET_DAYS,
            receipt_broken: RECEIPT_BROKEN,
            receipt_aborted: RECEIPT_ABORTED,
            equivocation: EQUIVOCATION,
            epoch_max_events: EPOCH_MAX_EVENTS,
            negative_attestation: NEGATIVE_WEIGHT,
            claim_true: CLAIM_TRUE,
            claim_false_minor: CLAIM_FALSE_MINOR,
            claim_false_significant: CLAIM_FALSE_SIGNIFICANT,
            claim_false_fraud: CLAIM_FALSE_FRAUD,
            credential_issued: CREDENTIAL_ISSUED,
            credential_fraud: CREDENTIAL_FRAUD,
            cosignature: COSIGNATURE,
            contradiction: CONTRADICTION,
            anomaly_low: ANOMALY_LOW,
            anomaly_medium: ANOMALY_MEDIUM,
            anomaly_high: ANOMALY_HIGH,
            anomaly_critical: ANOMALY_CRITICAL,
            anomaly_false: ANOMALY_FALSE,
            vote_cast: VOTE_CAST,
            proposal_competence: PROPOSAL_COMPETENCE,
            proposal_fidelity: PROPOSAL_FIDELITY,
            proposal_spam: PROPOSAL_SPAM,
            breach_contract: BREACH_CONTRACT,
            breach_realm: BREACH_REALM,
            breach_axiom: BREACH_AXIOM,
            vouch_answer: VOUCH_ANSWER,
            vouch_max_stake_ppm: VOUCH_MAX_STAKE_PPM,
            crossed_strength: CROSSED_STRENGTH,
            crossed_floor_ppm: u64::from(CROSSED_FLOOR_PPM),
        };
        *blake3::hash(&parameters.encode_to_vec()).as_bytes()
    });
    *HASH
}
